#include "services/ctl/edition_commands.h"

#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "services/ctl/csv.h"
#include "services/ctl/import_file.h"
#include "services/ctl/import_tables.h"
#include "services/ctl/import_tally.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

namespace v1 = qinglian::organization::v1;
using Change = v1::DivisionEditionChange;

constexpr char kService[] = "/qinglian.organization.v1.DivisionEditionService/";
constexpr int kRowsAtOnce = 2'000;
constexpr char kFormerCodes[] = "former_codes";

template <class Response>
absl::StatusOr<Response> Ask(const Context& context, const char* method,
                             const google::protobuf::Message& request) {
  return context.Call<Response>(absl::StrCat(kService, method), request);
}

// A change of an edition as it is now.
template <class Request>
absl::StatusOr<v1::DivisionEdition> Step(const Context& context, const char* method,
                                         const v1::DivisionEdition& edition, Request request = {}) {
  request.set_name(edition.name());
  request.set_etag(edition.etag());
  request.set_request_id(NewRequestId());
  return Ask<v1::DivisionEdition>(context, method, request);
}

absl::StatusOr<v1::DivisionEdition> Get(const Context& context, const std::string& name) {
  v1::GetDivisionEditionRequest request;
  request.set_name(name);
  return Ask<v1::DivisionEdition>(context, "GetDivisionEdition", request);
}

// Calls `take` with every row of a file of divisions; what is wrong with it in the place of one
// that can be none.
absl::Status ReadEdition(const ImportFile& file,
                         absl::FunctionRef<absl::Status(int64_t line, const std::optional<Fault>&,
                                                        v1::AddDivisionEditionRowsRequest::Row)>
                             take) {
  const CsvFormat format{.required = DivisionFormat().Required(),
                         .aliases = DivisionFormat().Aliases()};
  return ReadCsv(file.path, file.facts.encoding, format, [&](CsvRow line) {
    v1::AddDivisionEditionRowsRequest::Row row;
    const std::optional<Fault> fault = ReadDivision(line, *row.mutable_division());
    const std::string former = line.fields[kFormerCodes];
    for (const auto code : absl::StrSplit(former, absl::ByAnyChar("; \n"), absl::SkipEmpty()))
      row.add_former_codes(std::string(code));
    return take(line.line, fault, std::move(row));
  });
}

// The year of a file whose rows are all good, and all of that year.
absl::StatusOr<int> VintageOf(const ImportFile& file) {
  int vintage = 0;
  ImportTally tally("divisions");
  RETURN_IF_ERROR(ReadEdition(file, [&](int64_t line, std::optional<Fault> fault, const auto& row) {
    const int given = row.division().vintage();
    if (!fault.has_value() && vintage != 0 && given != vintage) {
      fault = {"vintage", absl::StrCat("not ", vintage, ", as the rows before it"),
               absl::StrCat("与前面各行的年份 ", vintage, " 不同")};
    }
    if (fault.has_value()) tally.Refuse(line, *fault);
    if (vintage == 0) vintage = given;
    return absl::OkStatus();
  }));
  if (tally.refused() > 0)
    return absl::FailedPreconditionError(
        absl::StrCat(tally.refused(), " rows are bad; nothing was planned"));
  if (vintage == 0) return Usage(absl::StrCat(file.path, " has no rows"));
  return vintage;
}

absl::StatusOr<v1::DivisionEdition> Fill(const Context& context, const ImportFile& file,
                                         v1::DivisionEdition edition) {
  v1::AddDivisionEditionRowsRequest request;
  request.set_name(edition.name());
  const auto send = [&]() -> absl::Status {
    if (request.rows().empty()) return absl::OkStatus();
    request.set_request_id(NewRequestId());
    ASSIGN_OR_RETURN(edition, Ask<v1::DivisionEdition>(context, "AddDivisionEditionRows", request));
    request.clear_rows();
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(ReadEdition(file, [&](int64_t, const std::optional<Fault>&, auto row) {
    *request.add_rows() = std::move(row);
    return request.rows_size() < kRowsAtOnce ? absl::OkStatus() : send();
  }));
  RETURN_IF_ERROR(send());
  return edition;
}

std::string CodeOf(const std::string& name) { return name.substr(name.find('/') + 1); }

std::string Described(const v1::Division& division) {
  return absl::StrCat(CodeOf(division.name()), " ", division.display_name());
}

std::string BecomesOf(const Change& change) {
  const v1::Division& after = change.after();
  if (after.state() == v1::Division::STATE_RETIRED) return "is no more";
  if (after.state() != v1::Division::STATE_MERGED) return Described(after);
  return absl::StrCat("goes on as ", absl::StrJoin(after.successors(), ", ",
                                                   [](std::string* out, const std::string& name) {
                                                     absl::StrAppend(out, CodeOf(name));
                                                   }));
}

std::vector<std::string> CellsOf(const Change& change) {
  const std::string kinds = absl::StrJoin(change.kinds(), ", ", [](std::string* out, int kind) {
    absl::StrAppend(out,
                    Change::Kind_Name(static_cast<Change::Kind>(kind)).substr(sizeof("KIND_") - 1));
  });
  return {kinds, change.has_before() ? Described(change.before()) : "", BecomesOf(change),
          absl::StrCat(change.organization_count())};
}

// The first `limit` changes of a plan.
absl::StatusOr<std::vector<Change>> ChangesOf(const Context& context, const std::string& name,
                                              int limit) {
  std::vector<Change> changes;
  v1::ListDivisionEditionChangesRequest request;
  request.set_name(name);
  do {
    request.set_page_size(limit - static_cast<int>(changes.size()));
    ASSIGN_OR_RETURN(const auto page, Ask<v1::ListDivisionEditionChangesResponse>(
                                          context, "ListDivisionEditionChanges", request));
    changes.insert(changes.end(), page.division_edition_changes().begin(),
                   page.division_edition_changes().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(changes.size()) < limit);
  return changes;
}

void PrintCounts(const v1::DivisionEdition& edition) {
  const v1::DivisionEdition::Counts& counts = edition.counts();
  std::cout << edition.name() << ": " << edition.vintage() << " of "
            << (edition.division().empty() ? "the whole country" : edition.division()) << ", "
            << Cell(edition, edition.GetDescriptor()->FindFieldByName("state")) << "\n"
            << counts.added() << " added, " << counts.renamed() << " renamed, " << counts.moved()
            << " moved, " << counts.merged() << " merged, " << counts.retired() << " retired, "
            << counts.unchanged() << " unchanged; " << counts.organizations()
            << " organizations work for what goes on elsewhere or is no more\n";
}

absl::Status Print(const Context& context, const v1::DivisionEdition& edition, int limit) {
  ASSIGN_OR_RETURN(const std::vector<Change> changes, ChangesOf(context, edition.name(), limit));
  if (context.json) {
    std::cout << ToJson(edition) << "\n";
    for (const Change& change : changes) std::cout << ToJson(change) << "\n";
    return absl::OkStatus();
  }
  PrintCounts(edition);
  Table table({"what", "is", "becomes", "organizations"});
  for (const Change& change : changes) table.Add(CellsOf(change));
  if (!table.empty()) std::cout << table.ToString();
  if (static_cast<int>(changes.size()) == limit) std::cout << "--limit shows more of them\n";
  if (edition.state() == v1::DivisionEdition::STATE_PLANNED) {
    std::cout << "nothing has changed yet; qlctl edition apply " << edition.name()
              << " applies it\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::DivisionEdition> FillAndPlan(const Context& context, const ImportFile& file,
                                                const v1::DivisionEdition& edition) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition filled, Fill(context, file, edition));
  return Step<v1::PlanDivisionEditionRequest>(context, "PlanDivisionEdition", filled);
}

absl::Status Cancel(const Context& context, const std::string& name, const std::string& reason) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition edition, Get(context, name));
  v1::CancelDivisionEditionRequest request;
  request.set_reason(reason);
  return Step(context, "CancelDivisionEdition", edition, request).status();
}

absl::Status Plan(const Context& context, const std::string& path, const EditionOptions& options) {
  ImportFile file{.path = path, .facts = {}};
  ASSIGN_OR_RETURN(file.facts, FactsOf(path));
  ASSIGN_OR_RETURN(const int vintage, VintageOf(file));
  v1::CreateDivisionEditionRequest request;
  request.mutable_division_edition()->set_vintage(vintage);
  if (!options.division.empty())
    request.mutable_division_edition()->set_division("divisions/" + options.division);
  request.set_request_id(NewRequestId());
  ASSIGN_OR_RETURN(const v1::DivisionEdition made,
                   Ask<v1::DivisionEdition>(context, "CreateDivisionEdition", request));
  const absl::StatusOr<v1::DivisionEdition> planned = FillAndPlan(context, file, made);
  if (planned.ok()) return Print(context, *planned, options.limit);
  // What could not be planned is of no use to anybody. Why it could not is what counts.
  (void)Cancel(context, made.name(), "The plan could not be made.");
  return planned.status();
}

absl::Status Apply(const Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition edition, Get(context, name));
  ASSIGN_OR_RETURN(const v1::DivisionEdition applied,
                   Step<v1::ApplyDivisionEditionRequest>(context, "ApplyDivisionEdition", edition));
  if (applied.state() == v1::DivisionEdition::STATE_APPLIED) {
    std::cout << "applied\n";
  } else {
    std::cout << "being applied; qlctl edition show " << name << " says how far\n";
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Edition(const Context& context, const Arguments& arguments,
                     const EditionOptions& options) {
  if (arguments.size() != 2)
    return Usage("edition plan FILE | show NAME | apply NAME | cancel NAME");
  const std::string& what = arguments[0];
  const std::string& which = arguments[1];
  if (options.limit < 1) return Usage("--limit is at least 1");
  if (what == "plan") return Plan(context, which, options);
  if (what == "apply") return Apply(context, which);
  if (what == "show") {
    ASSIGN_OR_RETURN(const v1::DivisionEdition edition, Get(context, which));
    return Print(context, edition, options.limit);
  }
  if (what == "cancel") {
    if (options.reason.empty()) return Usage("--reason says why an edition is cancelled");
    return Cancel(context, which, options.reason);
  }
  return Usage("edition plan FILE | show NAME | apply NAME | cancel NAME");
}

}  // namespace qinglian::ctl
