// The services believe what a gateway said as it said it, for as long as it holds, and nothing
// else.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/access/identity_token.h"
#include "google/protobuf/stubs/logging.h"

using qinglian::access::IdentityTokens;
using qinglian::access::kClockLeeway;
using qinglian::access::kIdentityLifetime;

namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);

void Refused(const absl::Status& status) {
  if (!absl::IsUnauthenticated(status)) abort();
}

// It says each time that text is no UTF-8, which takes longer than to find out.
[[maybe_unused]] auto* const silenced = google::protobuf::SetLogHandler(nullptr);

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const IdentityTokens tokens({std::string(32, 'a'), std::string(32, 'b')});
  static const IdentityTokens others({std::string(32, 'c')});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Refused(tokens.Open(input, kNow).status());

  qinglian::access::v1::Identity identity;
  if (!identity.ParseFromArray(data, static_cast<int>(size))) return 0;
  std::string token = tokens.Make(identity, kNow, kIdentityLifetime);
  const auto opened = tokens.Open(token, kNow);
  if (opened.ok() == identity.actor().empty()) abort();
  if (!opened.ok()) return 0;
  if (opened->actor() != identity.actor() || opened->grants_size() != identity.grants_size())
    abort();
  Refused(others.Open(token, kNow).status());
  Refused(tokens.Open(token, kNow + kIdentityLifetime + kClockLeeway).status());
  Refused(tokens.Open(token, kNow - kClockLeeway - absl::Seconds(1)).status());
  // One bit, wherever the input says.
  token[static_cast<size_t>(data[size / 2]) * token.size() / 256] ^= 1;
  Refused(tokens.Open(token, kNow).status());
  return 0;
}
