#include "services/ctl/import_commands.h"

#include <iostream>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/ctl/csv.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

namespace organization = qinglian::organization::v1;

constexpr int kDivisionsAtOnce = 2000;
constexpr int kRowsAtOnce = 500;
// Batches sent before their verdicts are read: the server works while the next is made.
constexpr int kBatchesAhead = 3;

// What an import has come to.
struct Tally {
  int64_t created = 0, updated = 0, unchanged = 0, refused = 0;
  absl::Time shown = absl::Now();

  int64_t rows() const { return created + updated + unchanged + refused; }
  void Show(std::string_view what) {
    if (absl::Now() - shown < absl::Seconds(2)) return;
    shown = absl::Now();
    std::cerr << what << ": " << rows() << " rows so far\n";
  }
  void Print(std::string_view what, bool dry_run) const {
    std::cout << what << ": " << created << " created, " << updated << " updated, " << unchanged
              << " unchanged, " << refused << " refused"
              << (dry_run ? " (dry run: nothing was kept)" : "") << "\n";
  }
  // Ends an import: says what it has come to, also where it came to an early end.
  absl::Status End(std::string_view what, bool dry_run, const absl::Status& status) const {
    if (status.ok() || rows() > 0) Print(what, dry_run);
    RETURN_IF_ERROR(status);
    return refused == 0
               ? absl::OkStatus()
               : absl::FailedPreconditionError(absl::StrCat(refused, " rows were refused"));
  }
};

void Report(int64_t line, std::string_view column, std::string_view reason, Tally& tally) {
  ++tally.refused;
  std::cerr << "line " << line << (column.empty() ? "" : ", column ") << column << ": " << reason
            << "\n";
}

std::string Field(const CsvRow& row, const std::string& name) {
  const auto field = row.fields.find(name);
  return field == row.fields.end() ? std::string() : field->second;
}

// Reads an enum value without its prefix; false where there is none of this name.
template <class Enum>
bool ReadEnum(const std::string& prefix, const std::string& text, Enum* value) {
  const auto* found = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByName(prefix + text);
  if (found != nullptr) *value = static_cast<Enum>(found->number());
  return found != nullptr;
}

absl::Status SendDivisions(const Context& context, organization::ImportDivisionsRequest& request,
                           Tally& tally) {
  if (request.divisions().empty()) return absl::OkStatus();
  request.set_request_id(NewRequestId());
  ASSIGN_OR_RETURN(const auto response,
                   context.Call<organization::ImportDivisionsResponse>(
                       "/qinglian.organization.v1.DivisionService/ImportDivisions", request));
  tally.created += response.created_count();
  tally.updated += response.updated_count();
  tally.unchanged += response.unchanged_count();
  tally.Show("divisions");
  request.clear_divisions();
  return absl::OkStatus();
}

bool ReadDivision(const CsvRow& row, organization::Division& division, Tally& tally) {
  auto level = organization::Division::LEVEL_UNSPECIFIED;
  int32_t vintage = 0;
  if (!row.wrong.empty()) {
    Report(row.line, row.wrong_column, row.wrong, tally);
  } else if (!ReadEnum("LEVEL_", Field(row, "level"), &level)) {
    Report(row.line, "level", "not a level of divisions", tally);
  } else if (!absl::SimpleAtoi(Field(row, "vintage"), &vintage)) {
    Report(row.line, "vintage", "not a year", tally);
  } else {
    division.set_name("divisions/" + Field(row, "code"));
    division.set_display_name(Field(row, "name"));
    division.set_level(level);
    division.set_vintage(vintage);
    if (!Field(row, "parent").empty()) division.set_parent("divisions/" + Field(row, "parent"));
    return true;
  }
  return false;
}

absl::Status ImportDivisions(const Context& context, const std::string& path, bool dry_run) {
  Tally tally;
  organization::ImportDivisionsRequest request;
  absl::Status status = ReadCsv(path, {"code", "name", "level", "parent", "vintage"},
                                [&](CsvRow row) -> absl::Status {
                                  organization::Division division;
                                  if (ReadDivision(row, division, tally))
                                    *request.add_divisions() = std::move(division);
                                  if (dry_run || request.divisions_size() < kDivisionsAtOnce)
                                    return absl::OkStatus();
                                  return SendDivisions(context, request, tally);
                                });
  if (status.ok() && !dry_run) status = SendDivisions(context, request, tally);
  return tally.End("divisions", dry_run, status);
}

// The column of the file that a field of an import row came from.
std::string ColumnOf(const std::string& field) {
  static const auto& columns =
      *new std::map<std::string, std::string>{{"display_name", "name"},
                                              {"parent", "superior"},
                                              {"external_identifiers", "external_id"},
                                              {"founding_date", "founded"},
                                              {"state", "status"}};
  const std::string first = field.substr(0, field.find_first_of("[."));
  const auto found = columns.find(first);
  return found == columns.end() ? first : found->second;
}

// Fills a row; reports what cannot be put into it.
bool ReadOrganization(const CsvRow& row, organization::ImportRow& into, Tally& tally) {
  organization::Organization& body = *into.mutable_organization();
  auto kind = organization::Organization::KIND_UNSPECIFIED;
  auto level = organization::Division::LEVEL_UNSPECIFIED;
  auto party = organization::Organization::PARTY_BODY_TYPE_UNSPECIFIED;
  const std::string founded = Field(row, "founded");
  absl::CivilDay founding_day;
  if (!row.wrong.empty()) {
    Report(row.line, row.wrong_column, row.wrong, tally);
  } else if (!ReadEnum("KIND_", Field(row, "kind"), &kind)) {
    Report(row.line, "kind", "not a kind of organization", tally);
  } else if (!ReadEnum("LEVEL_", Field(row, "level"), &level)) {
    Report(row.line, "level", "not a level of divisions", tally);
  } else if (!Field(row, "party_body_type").empty() &&
             !ReadEnum("PARTY_BODY_TYPE_", Field(row, "party_body_type"), &party)) {
    Report(row.line, "party_body_type", "not a form of party body", tally);
  } else if (!founded.empty() && !absl::ParseCivilTime(founded, &founding_day)) {
    Report(row.line, "founded", "not a date such as 1998-06-30", tally);
  } else {
    body.set_kind(kind);
    body.set_level(level);
    body.set_party_body_type(party);
    if (!founded.empty()) *body.mutable_founding_date() = clock::ToDate(founding_day);
    return true;
  }
  return false;
}

void FillTexts(const CsvRow& row, organization::ImportRow& into) {
  organization::Organization& body = *into.mutable_organization();
  into.set_line(row.line);
  body.set_display_name(Field(row, "name"));
  body.set_short_name(Field(row, "short_name"));
  body.set_division("divisions/" + Field(row, "division"));
  if (!Field(row, "credit_code").empty()) body.set_credit_code(Field(row, "credit_code"));
  organization::ExternalIdentifier& identifier = *body.add_external_identifiers();
  identifier.set_source(Field(row, "source"));
  identifier.set_id(Field(row, "external_id"));
  into.set_parent_external_id(Field(row, "superior"));
  into.set_competent_department_external_id(Field(row, "competent_department"));
}

// One import stream: batches go out, verdicts come back a few batches later.
class OrganizationStream {
 public:
  OrganizationStream(const Context& context, bool dry_run, Tally& tally)
      : stream_(context.channel,
                "/qinglian.organization.v1.OrganizationService/ImportOrganizations",
                Options(context)),
        dry_run_(dry_run),
        tally_(tally) {}

  absl::Status Add(organization::ImportRow row) {
    began_ = true;
    *batch_.add_rows() = std::move(row);
    return batch_.rows_size() < kRowsAtOnce ? absl::OkStatus() : Send();
  }

  // Whether there was any row.
  bool began() const { return began_; }

  // Sends the rest and waits for all verdicts. An error where the stream broke, also earlier.
  absl::Status Finish() {
    if (batch_.rows_size() > 0 && !broken_) RETURN_IF_ERROR(Send());
    if (!broken_) stream_.WritesDone();
    while (ahead_ > 0 && !broken_) RETURN_IF_ERROR(Receive());
    return stream_.Finish();
  }

 private:
  static rpc::CallOptions Options(const Context& context) {
    rpc::CallOptions options = context.CallOptions();
    options.timeout = absl::Minutes(14);
    return options;
  }

  absl::Status Send() {
    batch_.set_validate_only(dry_run_);
    // What the server answered before it broke counts still: Receive finds the end.
    if (!stream_.Write(batch_)) {
      while (true) RETURN_IF_ERROR(Receive());
    }
    batch_.clear_rows();
    return ++ahead_ < kBatchesAhead ? absl::OkStatus() : Receive();
  }

  absl::Status Receive() {
    organization::ImportOrganizationsResponse response;
    if (!stream_.Read(&response)) {
      broken_ = true;
      const absl::Status status = stream_.Finish();
      return status.ok() ? absl::InternalError("the import ended early") : status;
    }
    --ahead_;
    tally_.created += response.created_count();
    tally_.updated += response.updated_count();
    tally_.unchanged += response.unchanged_count();
    for (const auto& error : response.errors()) {
      Report(error.line(), ColumnOf(error.field()), Explanation(status::FromProto(error.status())),
             tally_);
    }
    tally_.Show("organizations");
    return absl::OkStatus();
  }

  rpc::BidiStreamClient<organization::ImportOrganizationsRequest,
                        organization::ImportOrganizationsResponse>
      stream_;
  const bool dry_run_;
  Tally& tally_;
  organization::ImportOrganizationsRequest batch_;
  int ahead_ = 0;
  bool began_ = false;
  bool broken_ = false;
};

absl::Status ImportOrganizations(const Context& context, const std::string& path, bool dry_run) {
  Tally tally;
  OrganizationStream stream(context, dry_run, tally);
  absl::Status status =
      ReadCsv(path, {"source", "external_id", "name", "kind", "division", "level", "superior"},
              [&](CsvRow row) -> absl::Status {
                organization::ImportRow filled;
                if (!ReadOrganization(row, filled, tally)) return absl::OkStatus();
                FillTexts(row, filled);
                return stream.Add(std::move(filled));
              });
  // Where reading ended early, what was read before it counts still.
  if (status.ok() || stream.began()) {
    const absl::Status finished = stream.Finish();
    if (status.ok()) status = finished;
  }
  return tally.End("organizations", dry_run, status);
}

}  // namespace

absl::Status Import(const Context& context, const Arguments& arguments, bool dry_run) {
  if (arguments.size() == 2 && arguments[0] == "divisions")
    return ImportDivisions(context, arguments[1], dry_run);
  if (arguments.size() == 2 && arguments[0] == "organizations") {
    return ImportOrganizations(context, arguments[1], dry_run);
  }
  return Usage("import wants what and from where: qlctl import organizations FILE.csv");
}

}  // namespace qinglian::ctl
