#include "services/ctl/journal_search.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "services/ctl/contract.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

using journal::v1::Change;

constexpr int kPage = 500;

absl::StatusOr<absl::Time> Moment(const std::string& text, const char* flag) {
  for (const char* format :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", absl::RFC3339_full}) {
    absl::Time time;
    if (absl::ParseTime(format, text, clock::China(), &time, nullptr)) return time;
  }
  return Usage(absl::StrCat(flag, ": wanted a moment such as 2026-11-23 or '2026-11-23 08:30'"));
}

absl::Status AddOperations(const std::string& operation, journal::v1::SearchJournalRequest& to) {
  if (operation.empty()) return absl::OkStatus();
  if (operation == "read") {
    to.add_operations(Change::OPERATION_READ);
  } else if (operation == "refused") {
    to.add_operations(Change::OPERATION_REFUSED);
  } else if (operation == "changed") {
    for (const auto changed :
         {Change::OPERATION_CREATED, Change::OPERATION_UPDATED, Change::OPERATION_DELETED})
      to.add_operations(changed);
  } else {
    return Usage("--operation is changed, read or refused");
  }
  return absl::OkStatus();
}

absl::StatusOr<journal::v1::SearchJournalRequest> RequestOf(const JournalQuestion& question) {
  journal::v1::SearchJournalRequest request;
  request.set_actor(question.actor);
  request.set_resource(question.resource);
  if (!question.since.empty()) {
    ASSIGN_OR_RETURN(const absl::Time since, Moment(question.since, "--since"));
    *request.mutable_since_time() = clock::ToTimestamp(since);
  }
  if (!question.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, Moment(question.until, "--until"));
    *request.mutable_until_time() = clock::ToTimestamp(until);
  }
  RETURN_IF_ERROR(AddOperations(question.operation, request));
  return request;
}

// Whose journals are asked.
absl::StatusOr<std::vector<std::string>> Asked(const Arguments& arguments,
                                               const JournalQuestion& question) {
  const std::vector<std::string> services = Services();
  if (arguments.size() > 1) return Usage("journal search asks one service or all");
  if (arguments.size() == 1) {
    if (std::find(services.begin(), services.end(), arguments[0]) == services.end())
      return Usage(absl::StrCat("journal search wants one of ", absl::StrJoin(services, ", ")));
    return arguments;
  }
  if (question.resource.empty()) return services;
  ASSIGN_OR_RETURN(const auto* type, ResourceOf(id::CollectionOf(question.resource)));
  return std::vector<std::string>{ServiceOf(*type)};
}

// Adds what one journal says, at most `limit`; answers whether it says more.
absl::StatusOr<bool> AddEntries(const Context& context, const std::string& service,
                                journal::v1::SearchJournalRequest request, int limit,
                                std::vector<Change>& entries) {
  while (limit > 0) {
    request.set_page_size(std::min(limit, kPage));
    ASSIGN_OR_RETURN(
        auto response,
        context.Call<journal::v1::SearchJournalResponse>(
            absl::StrCat("/qinglian.", service, ".v1.JournalService/SearchJournal"), request));
    limit -= response.changes_size();
    for (Change& entry : *response.mutable_changes()) entries.push_back(std::move(entry));
    if (response.next_page_token().empty()) return false;
    request.set_page_token(response.next_page_token());
  }
  return true;
}

bool IsLater(const Change& a, const Change& b) {
  if (a.time().seconds() != b.time().seconds()) return a.time().seconds() > b.time().seconds();
  return a.time().nanos() > b.time().nanos();
}

std::string ReasonOf(const Change& entry) {
  journal::v1::RefusedAttempts attempts;
  if (!entry.after().UnpackTo(&attempts)) return entry.reason();
  return absl::StrCat(entry.reason(), ", ", attempts.count(), " times");
}

void Print(const Context& context, const std::vector<Change>& entries) {
  Table table(
      {"time", "actor", "acting_for", "client", "method", "operation", "resource", "reason"});
  for (const Change& entry : entries) {
    if (context.json) {
      std::cout << ToJson(entry) << "\n";
      continue;
    }
    const auto time = clock::ToTime(entry.time());
    const std::string& method = entry.origin().method();
    table.Add({time.ok() ? absl::FormatTime("%Y-%m-%d %H:%M:%S", *time, clock::China()) : "",
               entry.origin().actor(), entry.origin().acting_for(), entry.origin().client(),
               method.substr(method.rfind('/') + 1),
               Change::Operation_Name(entry.operation()).substr(sizeof("OPERATION_") - 1),
               entry.resource(), ReasonOf(entry)});
  }
  if (!context.json) std::cout << (table.empty() ? "nothing found\n" : table.ToString());
}

}  // namespace

absl::Status SearchJournal(const Context& context, const Arguments& arguments,
                           const JournalQuestion& question) {
  if (question.limit <= 0) return Usage("--limit must be at least 1");
  ASSIGN_OR_RETURN(const std::vector<std::string> services, Asked(arguments, question));
  ASSIGN_OR_RETURN(const journal::v1::SearchJournalRequest request, RequestOf(question));
  std::vector<Change> entries;
  bool more = false;
  for (const std::string& service : services) {
    const absl::StatusOr<bool> rest =
        AddEntries(context, service, request, question.limit, entries);
    // An installation may leave a service out.
    if (absl::IsUnimplemented(rest.status()) && services.size() > 1) continue;
    if (!rest.ok()) return rest.status();
    more = more || *rest;
  }
  std::stable_sort(entries.begin(), entries.end(), IsLater);
  more = more || entries.size() > static_cast<size_t>(question.limit);
  if (more) entries.resize(std::min<size_t>(entries.size(), question.limit));
  Print(context, entries);
  if (more && !context.json) std::cout << "there is more: raise --limit\n";
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
