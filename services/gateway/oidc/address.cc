#include "services/gateway/oidc/address.h"

#include <curl/curl.h>

#include <memory>

namespace qinglian::gateway::oidc {
namespace {

using Url = std::unique_ptr<CURLU, void (*)(CURLU*)>;

// Empty where there is no such part.
std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, void (*)(void*)> owned(text, &curl_free);
  return text;
}

}  // namespace

// Read by the library that fetches, so that nothing is checked as one address and fetched as
// another: http://127.0.0.1:80@elsewhere/ begins like one on loopback.
AddressKind KindOf(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK ||
      text.find('\0') != std::string::npos || !PartOf(url.get(), CURLUPART_USER).empty() ||
      !PartOf(url.get(), CURLUPART_PASSWORD).empty()) {
    return AddressKind::kRefused;
  }
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  const std::string host = PartOf(url.get(), CURLUPART_HOST);
  if (scheme == "file") return host.empty() ? AddressKind::kFile : AddressKind::kRefused;
  if (scheme == "https") return host.empty() ? AddressKind::kRefused : AddressKind::kHttps;
  const bool loopback = host == "127.0.0.1" || host == "[::1]" || host == "localhost";
  return scheme == "http" && loopback ? AddressKind::kLoopback : AddressKind::kRefused;
}

}  // namespace qinglian::gateway::oidc
