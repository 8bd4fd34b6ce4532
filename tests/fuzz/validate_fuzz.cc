// Any message that can be parsed can be checked, and no answer names more than twenty violations.
#include <cstdint>
#include <cstdlib>

#include "common/validate/validate.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"

namespace v1 = qinglian::organization::v1;

template <typename Request>
void CheckAs(const uint8_t* data, size_t size) {
  Request request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return;
  const absl::Status status = qinglian::validate::Check(request);
  if (status.ok()) return;
  if (status.code() != absl::StatusCode::kInvalidArgument) abort();
  const google::rpc::Status answer = qinglian::status::ToProto(status);
  if (answer.ByteSizeLong() > qinglian::status::kMaxDetailBytes) abort();
  google::rpc::BadRequest bad;
  for (const auto& detail : answer.details()) {
    if (detail.UnpackTo(&bad) && bad.field_violations_size() > 20) abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckAs<v1::CreateOrganizationRequest>(data, size);
  CheckAs<v1::UpdateOrganizationRequest>(data, size);
  CheckAs<v1::ImportOrganizationsRequest>(data, size);
  CheckAs<v1::ImportPersonsRequest>(data, size);
  return 0;
}
