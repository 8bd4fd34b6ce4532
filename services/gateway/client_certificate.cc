#include "services/gateway/client_certificate.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::gateway {
namespace {

constexpr std::string_view kPrefix = "spiffe://qinglian/clients/";
constexpr size_t kMaxCode = 40;

absl::Status Refused() { return status::Error(status::kCertificateRefused); }

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

// The only URI among the names of the certificate; empty where there is none, or several.
std::string OnlyUri(const X509& certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
                        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
                    &GENERAL_NAMES_free);
  std::string uri;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (!uri.empty()) return "";
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uri.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
               static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return uri;
}

// As the names of clients are written (organization/v1/client.proto).
bool IsCode(std::string_view code) {
  return !code.empty() && code.size() <= kMaxCode && code.front() >= 'a' && code.front() <= 'z' &&
         code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<ClientCertificate> ReadClientCertificate(std::string_view base64) {
  std::string der;
  if (!absl::Base64Unescape(status::View(base64), &der)) return Refused();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  const Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
  if (certificate == nullptr || at != end) return Refused();
  const std::string uri = OnlyUri(*certificate);
  if (uri.substr(0, kPrefix.size()) != kPrefix) return Refused();
  const std::string code = uri.substr(kPrefix.size());
  if (!IsCode(code)) return Refused();
  ClientCertificate read;
  read.client = absl::StrCat("clients/", code);
  const std::string hash = crypto::Sha256(der);
  absl::WebSafeBase64Escape(hash, &read.thumbprint);
  while (!read.thumbprint.empty() && read.thumbprint.back() == '=') read.thumbprint.pop_back();
  return read;
}

}  // namespace qinglian::gateway
