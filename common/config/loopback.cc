#include "common/config/loopback.h"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::config {
namespace {

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && absl::ascii_isdigit(text.front()) && absl::SimpleAtoi(text, &port) &&
         port <= 65'535;
}

bool IsLoopbackHost(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  in6_addr v6;
  return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1 &&
         memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
}

}  // namespace

absl::Status CheckLoopback(std::string_view setting, std::string_view address,
                           std::string_view unless) {
  if (address.starts_with("unix:") || address.starts_with("unix-abstract:")) {
    return absl::OkStatus();
  }
  const absl::string_view text = status::View(address);
  const size_t colon = text.rfind(':');
  if (colon != absl::string_view::npos && IsPort(text.substr(colon + 1)) &&
      IsLoopbackHost(std::string(text.substr(0, colon)))) {
    return absl::OkStatus();
  }
  return status::Error(
      status::kConfigInvalid,
      {{"detail", absl::StrCat(status::View(setting), ": \"", text,
                               "\" is not host:port on loopback; only the edge may be reached "
                               "from other machines: 127.0.0.0/8, [::1], localhost and unix: are "
                               "allowed",
                               unless.empty() ? "" : ", others with --", status::View(unless))}});
}

}  // namespace qinglian::config
