#include "common/rpc/caller.h"

#include <algorithm>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::rpc {
namespace {

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// 16 hexadecimal digits, not all of them zero.
std::string RandomHex() {
  thread_local absl::BitGen generator;
  return absl::StrFormat("%016x",
                         absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX));
}

// What a thread remembers of a token.
struct Remembered {
  std::shared_ptr<const Identified> identified;
  absl::Time expires;
};

// Beyond this many a thread forgets all and begins anew.
constexpr size_t kMaxRemembered = 512;

}  // namespace

absl::StatusOr<std::shared_ptr<const Identified>> Identify(const access::IdentityKeys& keys,
                                                           std::string_view token) {
  thread_local absl::flat_hash_map<std::string, Remembered> remembered;
  const absl::Time now = absl::Now();
  const auto found = remembered.find(status::View(token));
  if (found != remembered.end() && now < found->second.expires) return found->second.identified;
  ASSIGN_OR_RETURN(const access::v1::Identity identity, keys.Current()->Open(token, now));
  if (remembered.size() >= kMaxRemembered) remembered.clear();
  Remembered& entry = remembered[std::string(token)];
  entry.expires = clock::ToTime(identity.expire_time()).value_or(now);
  entry.identified = std::shared_ptr<const Identified>(
      new Identified{.caller = {identity.actor(), identity.acting_for(), identity.client()},
                     .principal = access::Principal(identity)});
  return entry.identified;
}

std::string TraceIdOf(std::string_view traceparent) {
  // version "-" trace id "-" parent id "-" flags
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-')
    return NewTraceId();
  const std::string_view id = traceparent.substr(3, 32);
  if (!IsLowerHex(id) || id.find_first_not_of('0') == std::string_view::npos) return NewTraceId();
  return std::string(id);
}

std::string NewTraceId() { return absl::StrCat(RandomHex(), RandomHex()); }

std::string TraceParent(std::string_view trace_id) {
  return absl::StrCat("00-", status::View(trace_id), "-", RandomHex(), "-00");
}

}  // namespace qinglian::rpc
