// Whatever the edge passes on as a certificate, the client that is read of it has a name as clients
// have, and a thumbprint.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "common/status/text.h"
#include "services/gateway/client_certificate.h"

namespace {

constexpr std::string_view kPrefix = "clients/";
constexpr size_t kThumbprint = 43;

void Check(std::string_view base64) {
  const auto read = qinglian::gateway::ReadClientCertificate(base64);
  if (!read.ok()) {
    if (!absl::IsUnauthenticated(read.status())) abort();
    return;
  }
  const std::string_view name = read->client;
  if (name.substr(0, kPrefix.size()) != kPrefix) abort();
  const std::string_view code = name.substr(kPrefix.size());
  if (code.empty() || code.size() > 40 || code.front() < 'a' || code.front() > 'z') abort();
  if (code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string_view::npos)
    abort();
  if (read->thumbprint.size() != kThumbprint) abort();
}

}  // namespace

// As base64, and as the DER that base64 stands for.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  std::string base64;
  absl::Base64Escape(qinglian::status::View(input), &base64);
  Check(base64);
  return 0;
}
