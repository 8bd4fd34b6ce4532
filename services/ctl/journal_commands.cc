#include "services/ctl/journal_commands.h"

#include <iostream>

#include "absl/strings/str_cat.h"
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

}  // namespace

absl::Status Journal(const Context& context, const Arguments& arguments,
                     const JournalPlace& place) {
  if (arguments.size() != 2 || arguments[0] != "verify") {
    return Usage(
        "journal search [SERVICE] | verify SERVICE --mysql=URL --checkpoint_dir=DIR "
        "--key_file=FILE");
  }
  if (place.checkpoint_dir.empty() != place.without_checkpoints) {
    return Usage(
        "journal verify wants --checkpoint_dir and --key_file; --without_checkpoints does without "
        "them, and does not see a tail cut off or a journal written anew");
  }
  mysql::InitializeDriver();
  ASSIGN_OR_RETURN(const mysql::Options database, mysql::ParseUrl(place.mysql));
  journal::VerifyOptions options{.service = arguments[1]};
  if (!place.checkpoint_dir.empty()) {
    ASSIGN_OR_RETURN(options.checkpoint_key, journal::LoadKey(place.key_file));
    ASSIGN_OR_RETURN(options.checkpoints, journal::ReadCheckpoints(journal::CheckpointPath(
                                              place.checkpoint_dir, arguments[1])));
  }
  ASSIGN_OR_RETURN(const auto connection, mysql::Connection::Open(database));
  ASSIGN_OR_RETURN(const journal::VerifyReport report, journal::Verify(*connection, options));
  std::cout << arguments[1] << ": " << report.verified << " of " << report.head
            << " positions verified, " << report.pending << " pending, "
            << report.checkpoints_matched << " checkpoints matched\n";
  if (!report.ok()) return FindingError(*report.finding);
  // The first change of a journal is followed by its first checkpoint.
  if (!place.without_checkpoints && options.checkpoints.empty() && report.head > 0) {
    return absl::DataLossError(
        absl::StrCat("there is no checkpoint of ", arguments[1], " in ", place.checkpoint_dir));
  }
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
