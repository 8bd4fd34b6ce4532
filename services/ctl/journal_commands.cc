#include "services/ctl/journal_commands.h"

#include <iostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock/clock.h"
#include "common/journal/checkpoint.h"
#include "common/journal/verify.h"
#include "common/mysql/mysql.h"
#include "common/mysql/options.h"
#include "common/status/macros.h"

namespace qinglian::ctl {
namespace {

absl::Status FindingError(const journal::Finding& finding) {
  return absl::DataLossError(absl::StrCat(
      "the journal is not as it was written: ", journal::KindName(finding.kind), " at position ",
      finding.position, ", row ", finding.journal_id, ": ", finding.reason));
}

// Only what a service that runs has just renewed lies in the future of the database's clock.
absl::Status RequireUnserved(mysql::Connection& connection) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query("SELECT 1 FROM journal_lease WHERE "
                                                      "name='journal' AND expires>NOW(6)"));
  if (!rows.Next()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "a service runs on this database; stop it, renew the journal, and start it again");
}

absl::Status Verify(const std::string& service, const JournalPlace& place) {
  if (place.checkpoint_dir.empty() != place.without_checkpoints) {
    return Usage(
        "journal verify wants --checkpoint_dir and --key_file; --without_checkpoints does without "
        "them, and does not see a tail cut off or a journal written anew");
  }
  ASSIGN_OR_RETURN(const mysql::Options database, mysql::ParseUrl(place.mysql));
  journal::VerifyOptions options{.service = service};
  if (!place.checkpoint_dir.empty()) {
    ASSIGN_OR_RETURN(options.checkpoint_key, journal::LoadKey(place.key_file));
    ASSIGN_OR_RETURN(options.checkpoints, journal::ReadCheckpoints(journal::CheckpointPath(
                                              place.checkpoint_dir, service)));
  }
  ASSIGN_OR_RETURN(const auto connection, mysql::Connection::Open(database));
  ASSIGN_OR_RETURN(const journal::VerifyReport report, journal::Verify(*connection, options));
  std::cout << service << ": " << report.verified << " of " << report.head
            << " positions verified, " << report.pending << " pending, "
            << report.checkpoints_matched << " checkpoints matched";
  if (report.checkpoints_superseded > 0)
    std::cout << ", " << report.checkpoints_superseded << " of pasts that restores gave up";
  std::cout << "\n";
  if (!report.ok()) return FindingError(*report.finding);
  // The first change of a journal is followed by its first checkpoint.
  if (!place.without_checkpoints && options.checkpoints.empty() && report.head > 0) {
    return absl::DataLossError(
        absl::StrCat("there is no checkpoint of ", service, " in ", place.checkpoint_dir));
  }
  return absl::OkStatus();
}

absl::Status Renew(const std::string& service, const JournalPlace& place) {
  if (place.checkpoint_dir.empty())
    return Usage("journal renew wants --checkpoint_dir and --key_file");
  ASSIGN_OR_RETURN(const mysql::Options database, mysql::ParseUrl(place.mysql));
  ASSIGN_OR_RETURN(std::string key, journal::LoadKey(place.key_file));
  journal::CheckpointOptions options{.service = service,
                                     .dir = place.checkpoint_dir,
                                     .key = std::move(key),
                                     .clock = clock::SystemClock::Instance()};
  // Before anything is changed: where it cannot be signed, nothing is renewed.
  ASSIGN_OR_RETURN(const auto checkpoints, journal::CheckpointWriter::Open(std::move(options)));
  ASSIGN_OR_RETURN(const auto connection, mysql::Connection::Open(database));
  RETURN_IF_ERROR(RequireUnserved(*connection));
  ASSIGN_OR_RETURN(const journal::Head head, journal::RenewIncarnation(*connection));
  RETURN_IF_ERROR(checkpoints->OnHead(head));
  std::cout << service << ": the journal goes on anew after position " << head.position
            << "; who had read further takes a snapshot\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status Journal(const Context& context, const Arguments& arguments,
                     const JournalPlace& place) {
  mysql::InitializeDriver();
  if (arguments.size() == 2 && arguments[0] == "verify") return Verify(arguments[1], place);
  if (arguments.size() == 2 && arguments[0] == "renew") return Renew(arguments[1], place);
  return Usage(
      "journal search [SERVICE] | verify SERVICE | renew SERVICE, the latter two with --mysql=URL "
      "--checkpoint_dir=DIR --key_file=FILE");
}

}  // namespace qinglian::ctl
