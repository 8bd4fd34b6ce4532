#include "services/review/projections/supervision_projection.h"

#include <optional>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/clock/date.h"
#include "common/journal/actor.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/supervision/v1/calendar_day.pb.h"
#include "qinglian/supervision/v1/evidence_file.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/review/application_rules.h"
#include "services/review/query.h"
#include "services/review/title_rules.h"

ABSL_FLAG(std::string, supervision_address, "127.0.0.1:7003",
          "Where the supervision service is called: an address and port, or unix:PATH.");

namespace qinglian::review {
namespace {

using supervision::v1::CalendarDay;
using supervision::v1::EvidenceFile;
using supervision::v1::RectificationItem;
using supervision::v1::SupervisionCase;
using v1::Application;

// Stable for ever: the ids of the effect's requests are made from it.
constexpr char kSeriousCaseConfirmed[] = "supervision/serious-case-confirmed";
constexpr char kReason[] = "经监督查实存在严重问题";

template <typename Resource>
absl::StatusOr<Resource> AfterOf(const journal::v1::Change& change) {
  Resource resource;
  if (change.after().UnpackTo(&resource)) return resource;
  return status::Error(status::kRequestInvalid,
                       {{"detail", absl::StrCat("a change that is no ", change.kind())}});
}

// What a name of a calendar day ends in, such as `2025-01-28`.
std::string_view CodeOf(std::string_view name) { return name.substr(name.rfind('/') + 1); }

absl::Status ApplyCase(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const SupervisionCase after, AfterOf<SupervisionCase>(change));
  ASSIGN_OR_RETURN(const std::string id, IdOf(after.name()));
  ASSIGN_OR_RETURN(const std::string subject, IdOf(after.subject_organization()));
  return connection
      .Execute(
          "INSERT INTO known_cases (id, version, subject_organization, state, severity, confirmed) "
          "VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), "
          "subject_organization = VALUES(subject_organization), state = VALUES(state), severity = "
          "VALUES(severity), confirmed = VALUES(confirmed)",
          {id, change.version(), subject,
           std::string_view(SupervisionCase::State_Name(after.state())),
           std::string_view(SupervisionCase::Severity_Name(after.severity())), after.confirmed()})
      .status();
}

absl::Status ApplyItem(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const RectificationItem after, AfterOf<RectificationItem>(change));
  ASSIGN_OR_RETURN(const std::string id, IdOf(after.name()));
  ASSIGN_OR_RETURN(const std::string organization, IdOf(after.organization()));
  std::optional<absl::CivilDay> deadline;
  if (const auto day = clock::ToDay(after.deadline()); day.ok()) deadline = *day;
  return connection
      .Execute(
          "INSERT INTO known_rectification_items (id, version, organization, state, deadline) "
          "VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), organization "
          "= VALUES(organization), state = VALUES(state), deadline = VALUES(deadline)",
          {id, change.version(), organization,
           std::string_view(RectificationItem::State_Name(after.state())), deadline})
      .status();
}

absl::Status ApplyEvidence(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const EvidenceFile after, AfterOf<EvidenceFile>(change));
  ASSIGN_OR_RETURN(const std::string id, IdOf(after.name()));
  return connection
      .Execute(
          "INSERT INTO known_evidence_files (id, version, digest) VALUES (?, ?, ?) ON DUPLICATE "
          "KEY UPDATE version = VALUES(version), digest = VALUES(digest)",
          {id, change.version(), after.digest()})
      .status();
}

absl::Status ApplyCalendarDay(mysql::Connection& connection, const journal::v1::Change& change) {
  ASSIGN_OR_RETURN(const CalendarDay after, AfterOf<CalendarDay>(change));
  ASSIGN_OR_RETURN(const absl::CivilDay date, clock::ToDay(after.date()));
  return connection
      .Execute(
          "INSERT INTO known_calendar_days (id, version, date, kind) VALUES (?, ?, ?, ?) ON "
          "DUPLICATE KEY UPDATE version = VALUES(version), date = VALUES(date), kind = "
          "VALUES(kind)",
          {CodeOf(after.name()), change.version(), date,
           std::string_view(CalendarDay::Kind_Name(after.kind()))})
      .status();
}

bool Is(std::string_view kind, const google::protobuf::Descriptor* type) {
  return kind == type->full_name();
}

}  // namespace

std::vector<std::string> SupervisionProjection::kinds() const {
  return {SupervisionCase::descriptor()->full_name(), RectificationItem::descriptor()->full_name(),
          EvidenceFile::descriptor()->full_name(), CalendarDay::descriptor()->full_name()};
}

absl::Status SupervisionProjection::Apply(mysql::Connection& connection,
                                          const journal::v1::Change& change) {
  if (Is(change.kind(), SupervisionCase::descriptor())) return ApplyCase(connection, change);
  if (Is(change.kind(), EvidenceFile::descriptor())) return ApplyEvidence(connection, change);
  if (Is(change.kind(), CalendarDay::descriptor())) return ApplyCalendarDay(connection, change);
  return ApplyItem(connection, change);
}

// Cases and items stay, in a state in which they bar nobody.
absl::Status SupervisionProjection::Remove(mysql::Connection& connection, std::string_view kind,
                                           std::string_view resource) {
  if (Is(kind, CalendarDay::descriptor())) {
    return connection.Execute("DELETE FROM known_calendar_days WHERE id = ?", {CodeOf(resource)})
        .status();
  }
  ASSIGN_OR_RETURN(const std::string id, IdOf(resource));
  const char* sql = "UPDATE known_rectification_items SET state = 'STATE_EXCUSED' WHERE id = ?";
  if (Is(kind, SupervisionCase::descriptor())) {
    sql = "UPDATE known_cases SET state = 'STATE_CLOSED' WHERE id = ?";
  } else if (Is(kind, EvidenceFile::descriptor())) {
    sql = "DELETE FROM known_evidence_files WHERE id = ?";
  }
  return connection.Execute(sql, {id}).status();
}

std::vector<projection::Effect> SupervisionProjection::Effects(const journal::v1::Change& change) {
  if (!Is(change.kind(), SupervisionCase::descriptor())) return {};
  const absl::StatusOr<SupervisionCase> after = AfterOf<SupervisionCase>(change);
  if (!after.ok() || !after->confirmed()) return {};
  if (after->severity() != SupervisionCase::SEVERITY_SERIOUS) return {};
  Confirmed confirmed{.name = after->name(), .organization = after->subject_organization()};
  std::vector<projection::Effect> effects;
  effects.push_back(
      {.name = kSeriousCaseConfirmed,
       .key = confirmed.name,
       .run = [this, confirmed](journal::Transaction& tx) { return Strike(tx, confirmed); }});
  return effects;
}

absl::Status SupervisionProjection::Strike(journal::Transaction& tx, const Confirmed& confirmed) {
  tx.set_reason(kReason);
  ASSIGN_OR_RETURN(const std::vector<std::string> units,
                   registry_.UnitsOf(tx.connection(), confirmed.organization));
  ASSIGN_OR_RETURN(const std::vector<std::string> running,
                   applications_.RunningOf(tx.connection(), units));
  for (const std::string& application : running) {
    RETURN_IF_ERROR(DisqualifyOne(tx, application, confirmed));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> active, titles_.ActiveOf(tx.connection(), units));
  for (const std::string& title : active) RETURN_IF_ERROR(SuspendOne(tx, title, confirmed));
  return absl::OkStatus();
}

absl::Status SupervisionProjection::DisqualifyOne(journal::Transaction& tx,
                                                  const std::string& application,
                                                  const Confirmed& confirmed) {
  ASSIGN_OR_RETURN(const Application seen, applications_.Get(tx.connection(), application));
  RETURN_IF_ERROR(rounds_.Lock(tx, seen.review_round()).status());
  ASSIGN_OR_RETURN(const Application before, applications_.Lock(tx, application));
  // It may have ended before its round could be locked.
  if (!IsRunning(before.state())) return absl::OkStatus();
  // The service acts for the organizer, who could only do the same.
  const Step step{
      .actor = journal::ActorOf(tx), .business_now = tx.business_now(), .organizer_side = true};
  Application after = before;
  RETURN_IF_ERROR(Disqualify(after, Application::DISQUALIFICATION_REASON_SERIOUS_CASE,
                             confirmed.name, kReason, step));
  RETURN_IF_ERROR(rounds_.ReturnPlace(tx, before));
  return applications_.Update(tx, before, std::move(after)).status();
}

absl::Status SupervisionProjection::SuspendOne(journal::Transaction& tx, const std::string& title,
                                               const Confirmed& confirmed) {
  ASSIGN_OR_RETURN(const v1::Title before, titles_.Lock(tx, title));
  if (!kSuspendTitle.Leaves(before.state())) return absl::OkStatus();
  const Step step{
      .actor = journal::ActorOf(tx), .business_now = tx.business_now(), .organizer_side = true};
  v1::Title after = before;
  RETURN_IF_ERROR(Suspend(after, confirmed.name, kReason, step));
  return titles_.Update(tx, before, std::move(after)).status();
}

}  // namespace qinglian::review
