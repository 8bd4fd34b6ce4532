// Errors, made in one way: from an entry of the catalogue.
//
// Every error that is made here carries one payload, a serialized google.rpc.Status, whose details
// hold google.rpc.ErrorInfo{reason, domain "qinglian", metadata} and google.rpc.LocalizedMessage in
// zh-CN always, and BadRequest, PreconditionFailure, ResourceInfo or RetryInfo where they apply,
// each at most once. The payload stays within kMaxDetailBytes, because the wire loses details above
// 8 KB altogether.
//
// Texts and metadata reach the caller and the log: never put personal data, SQL or host names into
// them. All functions are thread-safe; FieldViolations is a value and is not.
#ifndef QINGLIAN_COMMON_STATUS_STATUS_H_
#define QINGLIAN_COMMON_STATUS_STATUS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/catalogue.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace qinglian::status {

inline constexpr std::string_view kDomain = "qinglian";
// The only payload of a status.
inline constexpr std::string_view kPayloadUrl = "type.googleapis.com/google.rpc.Status";
inline constexpr size_t kMaxViolations = 20;
inline constexpr size_t kMaxDetailBytes = 5'500;

// What varies in an error. Keys are lowerCamel or snake_case and unique; values are cut at 256
// bytes.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// The error of `entry`, its texts filled from `metadata`. A placeholder without metadata becomes
// "?".
absl::Status Error(const Entry& entry, Metadata metadata = {});

// `entry` with google.rpc.RetryInfo: try again, but not before `retry_after` has passed.
absl::Status Unavailable(const Entry& entry, absl::Duration retry_after, Metadata metadata = {});

// RESOURCE_NOT_FOUND with google.rpc.ResourceInfo. Absent and hidden resources must answer the
// same, so `name` is the name as the caller wrote it.
absl::Status NotFound(std::string_view type, std::string_view name);

// RESOURCE_EXISTS with google.rpc.ResourceInfo.
absl::Status AlreadyExists(std::string_view type, std::string_view name);

// A condition that a transition rests on, by its name in UPPER_SNAKE; the name is part of the
// contract.
struct Guard {
  std::string_view name;
  std::string_view en;
  std::string_view zh;
};

// Why `transition` of the resource is refused. With `unmet` null the state is wrong,
// TRANSITION_NOT_ALLOWED; otherwise GUARD_NOT_MET. Both are FAILED_PRECONDITION with
// google.rpc.PreconditionFailure of one violation: type "STATE" or the guard's name, subject the
// resource. States are enum value names.
absl::Status TransitionRefused(std::string_view resource_name, std::string_view transition,
                               std::string_view current_state, std::string_view wanted_state,
                               const Guard* unmet = nullptr);

// Gathers what is wrong with the fields of a request, so that the caller learns all of it at once.
class FieldViolations {
 public:
  // `path` is the path of the field in the request ("risk_point.title", "items[2].deadline");
  // `rule_reason` is UPPER_SNAKE ("REQUIRED", "TOO_LONG"). Violations beyond kMaxViolations are
  // only counted.
  void Add(std::string path, std::string rule_reason, std::string description_en,
           std::string description_zh = "");

  bool empty() const { return count_ == 0; }
  // How many were added, kept or not.
  size_t size() const { return count_; }

  // OK where nothing was added; otherwise FIELDS_INVALID with google.rpc.BadRequest. Violations
  // that do not fit into kMaxDetailBytes are left out, and the metadata `count` says how many there
  // were.
  absl::Status ToStatus() const;

 private:
  google::rpc::BadRequest kept_;
  size_t count_ = 0;
};

// INTERNAL with an id and nothing else: what the caller may know of `cause`. The id goes to `id`
// (16 hex digits), for the caller to log together with `cause`. A cause that came from here keeps
// its id.
absl::Status Internal(const absl::Status& cause, std::string* id);

// What goes over the wire. A status without the payload gets an ErrorInfo whose reason is the name
// of its code. INTERNAL, UNKNOWN and DATA_LOSS always go through Internal(): their texts stay here.
google::rpc::Status ToProto(const absl::Status& status);

// The reverse: what came over the wire, its details kept as the payload. OK for code 0.
absl::Status FromProto(const google::rpc::Status& proto);

// The reason of `status` ("ETAG_STALE"), or "" where it has none.
std::string ReasonOf(const absl::Status& status);

// The metadata of `key`, or "" where there is none.
std::string MetadataOf(const absl::Status& status, std::string_view key);

// The fields that `status` finds fault with; none where it is about something else.
google::rpc::BadRequest BadRequestOf(const absl::Status& status);

// The Chinese text of `status`; its message where it has none.
std::string ChineseOf(const absl::Status& status);

// True where `status` was made from `entry`.
bool Is(const absl::Status& status, const Entry& entry);

}  // namespace qinglian::status

#endif  // QINGLIAN_COMMON_STATUS_STATUS_H_
