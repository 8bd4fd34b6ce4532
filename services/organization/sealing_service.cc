#include "services/organization/sealing_service.h"

#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

constexpr int64_t kDefaultValues = 500;

}  // namespace

SealingService::SealingService(const serving::Environment& environment,
                               const seal::SealedValues& sealed_values)
    : sealed_values_(sealed_values),
      methods_(environment.pipeline, "qinglian.organization.v1.SealingService",
               environment.journal) {
  methods_.Read("GetSealingStatus", this, &SealingService::Status);
  methods_.Update("RotateSealingKeys", this, &SealingService::Rotate);
}

absl::StatusOr<v1::SealingStatus> SealingService::Status(rpc::Call&, mysql::Connection& connection,
                                                         const v1::GetSealingStatusRequest&) {
  v1::SealingStatus status;
  ASSIGN_OR_RETURN(const int64_t newest, sealed_values_.newest_version());
  status.set_newest_version(newest);
  ASSIGN_OR_RETURN(const auto counts, sealed_values_.CountByVersion(connection));
  for (const auto& [version, count] : counts) {
    v1::SealingStatus::Version& one = *status.add_versions();
    one.set_version(version);
    one.set_values(count);
  }
  return status;
}

absl::StatusOr<v1::RotateSealingKeysResponse> SealingService::Rotate(
    journal::Transaction& tx, const v1::RotateSealingKeysRequest& request) {
  const int64_t limit = request.max_values() == 0 ? kDefaultValues : request.max_values();
  v1::RotateSealingKeysResponse response;
  ASSIGN_OR_RETURN(const int64_t newest, sealed_values_.newest_version());
  ASSIGN_OR_RETURN(const int64_t rotated, sealed_values_.Rotate(tx.connection(), limit));
  ASSIGN_OR_RETURN(const auto counts, sealed_values_.CountByVersion(tx.connection()));
  response.set_version(newest);
  response.set_rotated(rotated);
  for (const auto& [version, count] : counts) {
    if (version < newest) response.set_remaining(response.remaining() + count);
  }
  return response;
}

}  // namespace qinglian::organization
