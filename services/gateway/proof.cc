#include "services/gateway/proof.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "services/gateway/metadata.h"

namespace qinglian::gateway {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr char kAuthorization[] = "authorization";
constexpr size_t kMaxSubject = 40;
constexpr size_t kMaxActingFor = 80;
// Beyond this many all are forgotten.
constexpr size_t kMaxCertificates = 10'000;

absl::Status Missing() { return status::Error(status::kCallerMissing); }

absl::Status TokenRefused(const char* cause) {
  return status::Error(status::kTokenRefused, {{"cause", cause}});
}

// Who says a thing twice may be read in two ways.
bool IsSaidOnce(const grpc_metadata_array& metadata, std::string_view key) {
  int times = 0;
  for (size_t i = 0; i < metadata.count; ++i) times += ViewOf(metadata.metadata[i].key) == key;
  return times <= 1;
}

bool IsText(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c == '\x7f') return false;
  }
  return true;
}

}  // namespace

std::string Proof::Key() const {
  return absl::StrCat(client, "\n", staff_number, "\n", acting_for);
}

absl::StatusOr<Proof> Prover::Prove(const grpc_metadata_array& metadata, absl::Time now) {
  for (const char* key : {kEdgeCertificate, kAuthorization, kActingFor}) {
    if (!IsSaidOnce(metadata, key)) return Missing();
  }
  Proof proof;
  const ClientCertificate* certificate = nullptr;
  const std::string_view shown = from_edge_ ? Find(metadata, kEdgeCertificate) : "";
  if (!shown.empty()) {
    ASSIGN_OR_RETURN(certificate, Certificate(shown));
    proof.client = certificate->client;
  }
  std::string_view token = Find(metadata, kAuthorization);
  if (!token.empty()) {
    if (!absl::StartsWithIgnoreCase(status::View(token), status::View(kBearer)))
      return TokenRefused("malformed");
    if (verifier_ == nullptr) return TokenRefused("issuer");
    token.remove_prefix(kBearer.size());
    ASSIGN_OR_RETURN(const oidc::Claims claims, verifier_->Verify(token, now));
    if (!claims.certificate_thumbprint.empty() &&
        (certificate == nullptr || certificate->thumbprint != claims.certificate_thumbprint))
      return TokenRefused("certificate");
    if (claims.subject.empty() || claims.subject.size() > kMaxSubject || !IsText(claims.subject))
      return TokenRefused("subject");
    proof.staff_number = claims.subject;
  }
  if (proof.client.empty() && proof.staff_number.empty()) return Missing();
  const std::string_view acting_for = Find(metadata, kActingFor);
  if (acting_for.size() > kMaxActingFor || !IsText(acting_for)) return Missing();
  proof.acting_for = acting_for;
  return proof;
}

absl::StatusOr<const ClientCertificate*> Prover::Certificate(std::string_view base64) {
  const auto known = certificates_.find(status::View(base64));
  if (known != certificates_.end()) return &known->second;
  ASSIGN_OR_RETURN(ClientCertificate certificate, ReadClientCertificate(base64));
  if (certificates_.size() >= kMaxCertificates) certificates_.clear();
  return &certificates_.emplace(std::string(base64), std::move(certificate)).first->second;
}

}  // namespace qinglian::gateway
