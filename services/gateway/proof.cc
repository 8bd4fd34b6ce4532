#include "services/gateway/proof.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "services/gateway/metadata.h"

namespace qinglian::gateway {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr char kAuthorization[] = "authorization";
constexpr size_t kMaxSubject = 40;
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

// Whether it is worth asking for a delegation.
absl::Status CheckActing(const Proof& proof) {
  if (proof.acting_for.empty()) return absl::OkStatus();
  if (!proof.staff_number.empty() && id::ParseName("persons", proof.acting_for).ok())
    return absl::OkStatus();
  return status::Error(status::kDelegationMissing);
}

bool IsText(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c == '\x7f') return false;
  }
  return true;
}

}  // namespace

std::string Proof::Key() const { return absl::StrCat(Asker(), "\n", acting_for); }

std::string Proof::Asker() const { return absl::StrCat(client, "\n", staff_number); }

absl::Status Proof::Expired() { return TokenRefused("expired"); }

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
    proof.valid_until = claims.expiry + verifier_->leeway();
  }
  if (proof.client.empty() && proof.staff_number.empty()) return Missing();
  proof.acting_for = Find(metadata, kActingFor);
  RETURN_IF_ERROR(CheckActing(proof));
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
