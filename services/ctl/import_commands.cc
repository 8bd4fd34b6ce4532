#include "services/ctl/import_commands.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "services/ctl/csv.h"
#include "services/ctl/import_file.h"
#include "services/ctl/import_run.h"
#include "services/ctl/import_tables.h"
#include "services/ctl/import_tally.h"

namespace qinglian::ctl {
namespace {

namespace organization = qinglian::organization::v1;

constexpr int kDivisionsAtOnce = 2000;

absl::Status SendDivisions(const Context& context, organization::ImportDivisionsRequest& request,
                           ImportTally& tally) {
  if (request.divisions().empty()) return absl::OkStatus();
  request.set_request_id(NewRequestId());
  ASSIGN_OR_RETURN(const auto response,
                   context.Call<organization::ImportDivisionsResponse>(
                       "/qinglian.organization.v1.DivisionService/ImportDivisions", request));
  tally.Add({response.created_count(), response.updated_count(), response.unchanged_count(), 0});
  request.clear_divisions();
  return absl::OkStatus();
}

absl::Status ImportDivisions(const Context& context, const ImportFile& file, bool dry_run) {
  ImportTally tally("divisions");
  organization::ImportDivisionsRequest request;
  const CsvFormat format{.required = DivisionFormat().Required(),
                         .aliases = DivisionFormat().Aliases()};
  absl::Status status =
      ReadCsv(file.path, file.facts.encoding, format, [&](CsvRow row) -> absl::Status {
        organization::Division division;
        const std::optional<Fault> fault = ReadDivision(row, division);
        if (fault.has_value()) {
          tally.Refuse(row.line, *fault);
        } else {
          *request.add_divisions() = std::move(division);
        }
        if (dry_run || request.divisions_size() < kDivisionsAtOnce) return absl::OkStatus();
        return SendDivisions(context, request, tally);
      });
  if (status.ok() && !dry_run) status = SendDivisions(context, request, tally);
  return tally.End(dry_run ? ImportEnd::kDryRun : ImportEnd::kKept, status);
}

}  // namespace

absl::StatusOr<organization::OnConflict> ReadOnConflict(const std::string& word) {
  if (word == "update") return organization::ON_CONFLICT_UPDATE;
  if (word == "skip") return organization::ON_CONFLICT_SKIP;
  if (word == "fail") return organization::ON_CONFLICT_FAIL;
  if (word == "update_only") return organization::ON_CONFLICT_UPDATE_ONLY;
  return Usage("--on_conflict is update, skip, fail or update_only");
}

absl::Status Import(const Context& context, const Arguments& arguments,
                    const ImportOptions& options) {
  const std::string what = arguments.size() == 2 ? arguments[0] : "";
  if (what != "divisions" && what != OrganizationTable::kWhat && what != PersonTable::kWhat)
    return Usage("import wants what and from where: qlctl import organizations FILE.csv");
  ImportFile file{.path = arguments[1], .facts = {}};
  ASSIGN_OR_RETURN(file.facts, FactsOf(file.path));
  if (what == "divisions") return ImportDivisions(context, file, options.dry_run);
  if (what == PersonTable::kWhat) return ImportRun<PersonTable>(context, file, options).Run();
  return ImportRun<OrganizationTable>(context, file, options).Run();
}

}  // namespace qinglian::ctl
