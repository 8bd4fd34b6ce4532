#include "services/organization/import_stream.h"

namespace qinglian::organization {

absl::Status CheckAllOrNothing(int rows) {
  if (rows <= kMaxAllOrNothing) return absl::OkStatus();
  status::FieldViolations violations;
  violations.Add("rows", "TOO_MANY", "at most 5,000 rows may be asked to be all or nothing",
                 "要求全部成功或全部不保留的导入，最多五千行");
  return violations.ToStatus();
}

absl::StatusOr<bool> IsSkipped(v1::OnConflict on_conflict, const absl::Status& taken) {
  if (on_conflict == v1::ON_CONFLICT_FAIL) return taken;
  return on_conflict == v1::ON_CONFLICT_SKIP;
}

std::string FieldOf(const absl::Status& status, std::string_view prefix) {
  std::string field = status::MetadataOf(status, "field");
  const google::rpc::BadRequest bad = status::BadRequestOf(status);
  if (!bad.field_violations().empty()) field = bad.field_violations(0).field();
  if (field.starts_with(prefix)) field.erase(0, prefix.size());
  return field;
}

}  // namespace qinglian::organization
