#include "common/rpc/caller.h"

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::rpc {
namespace {

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

}  // namespace qinglian::rpc
