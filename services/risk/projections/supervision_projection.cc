#include "services/risk/projections/supervision_projection.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/risk/risk_point_rules.h"

ABSL_FLAG(std::string, supervision_address, "", "Where the supervision service is called.");

namespace qinglian::risk {
namespace {

using supervision::v1::RectificationItem;
using supervision::v1::SupervisionCase;

constexpr char kCases[] = "cases";
constexpr char kItems[] = "rectificationItems";
constexpr char kPoints[] = "riskPoints";
// Stable for ever: the ids of the effect's requests are made from it.
constexpr char kCaseConfirmed[] = "supervision/case-confirmed";

template <typename Resource>
absl::StatusOr<Resource> AfterOf(const journal::v1::Change& change) {
  Resource resource;
  if (change.after().UnpackTo(&resource)) return resource;
  return status::Error(status::kRequestInvalid,
                       {{"detail", absl::StrCat("a change that is no ", change.kind())}});
}

absl::Status ApplyCase(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const SupervisionCase after, AfterOf<SupervisionCase>(change));
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName(kCases, after.name()));
  const std::string bytes = id.Bytes();
  RETURN_IF_ERROR(connection
                      .Execute("INSERT INTO known_cases (id, version, state) VALUES (?, ?, ?) ON "
                               "DUPLICATE KEY UPDATE version = VALUES(version), state = "
                               "VALUES(state)",
                               {bytes, change.version(),
                                std::string_view(SupervisionCase::State_Name(after.state()))})
                      .status());
  RETURN_IF_ERROR(
      connection
          .Execute("UPDATE known_case_risk_points SET touched = FALSE WHERE supervision_case = ?",
                   {bytes})
          .status());
  for (const std::string& point : after.risk_points()) {
    ASSIGN_OR_RETURN(const id::Uuid point_id, id::ParseName(kPoints, point));
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO known_case_risk_points (supervision_case, "
                                 "risk_point, touched) VALUES (?, ?, TRUE) ON DUPLICATE KEY "
                                 "UPDATE touched = TRUE",
                                 {bytes, point_id.Bytes()})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status ApplyItem(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const RectificationItem after, AfterOf<RectificationItem>(change));
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName(kItems, after.name()));
  ASSIGN_OR_RETURN(const id::Uuid case_id, id::ParseName(kCases, after.supervision_case()));
  return connection
      .Execute(
          "INSERT INTO known_rectification_items (id, version, supervision_case, state) "
          "VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), "
          "supervision_case = VALUES(supervision_case), state = VALUES(state)",
          {id.Bytes(), change.version(), case_id.Bytes(),
           std::string_view(RectificationItem::State_Name(after.state()))})
      .status();
}

// L-1, for one risk point. A point that does not exist here, or is not in force, is left alone.
absl::Status RaisePoint(journal::Transaction& tx, const RiskPointStore& points,
                        const std::string& point, const std::string& case_name, bool serious) {
  absl::StatusOr<v1::RiskPoint> before = points.Lock(tx, point);
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  v1::RiskPoint after = *before;
  if (!RaiseForCase(after, case_name, serious, tx.today())) return absl::OkStatus();
  tx.set_reason("case confirmed");
  return points.Update(tx, *before, std::move(after)).status();
}

}  // namespace

std::vector<std::string> SupervisionProjection::kinds() const {
  return {SupervisionCase::descriptor()->full_name(), RectificationItem::descriptor()->full_name()};
}

absl::Status SupervisionProjection::Apply(mysql::Connection& connection,
                                          const journal::v1::Change& change) {
  if (change.kind() == SupervisionCase::descriptor()->full_name()) {
    return ApplyCase(connection, change);
  }
  return ApplyItem(connection, change);
}

// Rows stay, in a state in which they hold nothing up.
absl::Status SupervisionProjection::Remove(mysql::Connection& connection, std::string_view kind,
                                           std::string_view resource) {
  const bool is_case = kind == SupervisionCase::descriptor()->full_name();
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName(is_case ? kCases : kItems, resource));
  return connection
      .Execute(is_case
                   ? "UPDATE known_cases SET state = 'STATE_CLOSED' WHERE id = ?"
                   : "UPDATE known_rectification_items SET state = 'STATE_EXCUSED' WHERE id = ?",
               {id.Bytes()})
      .status();
}

std::vector<projection::Effect> SupervisionProjection::Effects(const journal::v1::Change& change) {
  std::vector<projection::Effect> effects;
  if (change.kind() != SupervisionCase::descriptor()->full_name()) return effects;
  const absl::StatusOr<SupervisionCase> after = AfterOf<SupervisionCase>(change);
  if (!after.ok() || !after->confirmed()) return effects;
  // A case that is reopened and found more serious than before raises its points once more.
  const bool serious = after->severity() == SupervisionCase::SEVERITY_SERIOUS;
  for (const std::string& point : after->risk_points()) {
    effects.push_back(
        {.name = kCaseConfirmed,
         .key = absl::StrCat(after->name(), " ", point, serious ? " serious" : ""),
         .run = [this, point, name = after->name(), serious](journal::Transaction& tx) {
           return RaisePoint(tx, points_, point, name, serious);
         }});
  }
  return effects;
}

}  // namespace qinglian::risk
