#include "services/ctl/feed_commands.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "google/protobuf/util/time_util.h"
#include "qinglian/journal/v1/feed.pb.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "services/ctl/contract.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

namespace v1 = journal::v1;

constexpr char kFeedUsage[] =
    "feed wants one of: status [SERVICE], quarantine list [SERVICE [RESOURCE]], "
    "quarantine retry SERVICE RESOURCE, quarantine skip SERVICE RESOURCE VERSION --reason WHY";

std::string MethodOf(const std::string& service, const char* method) {
  return absl::StrCat("/qinglian.", service, ".v1.FeedService/", method);
}

// The services to ask: the one named, or all that follow feeds.
absl::StatusOr<std::vector<std::string>> Followers(const std::optional<std::string>& named) {
  std::vector<std::string> services = ServicesWith("FeedService");
  if (!named.has_value()) return services;
  if (std::find(services.begin(), services.end(), *named) != services.end()) {
    return std::vector<std::string>{*named};
  }
  return Usage(absl::StrCat(*named, " is no service that follows feeds; there are ",
                            absl::StrJoin(services, ", ")));
}

// The feed that a resource comes by is that of the service it belongs to.
absl::StatusOr<std::string> FeedOf(const std::string& resource) {
  ASSIGN_OR_RETURN(const google::protobuf::Descriptor* type,
                   ResourceOf(id::CollectionOf(resource)));
  return ServiceOf(*type);
}

// A JSON object with one more member, a plain text, before its own.
std::string WithMember(const std::string& name, const std::string& value, const std::string& json) {
  return absl::StrCat("{\"", name, "\":\"", value, "\"", json == "{}" ? "" : ",", json.substr(1));
}

// Where the journal of a service ends: the first batch of a feed that begins now says so.
absl::StatusOr<uint64_t> HeadOf(const Context& context, const std::string& service) {
  v1::WatchChangesRequest request;
  request.set_now(true);
  rpc::ServerStreamClient<v1::WatchChangesRequest, v1::WatchChangesResponse> stream(
      context.channel, absl::StrCat("/qinglian.", service, ".v1.JournalService/WatchChanges"),
      request, context.CallOptions());
  v1::WatchChangesResponse first;
  if (!stream.Read(&first)) return stream.Finish();
  stream.Cancel();
  return first.through();
}

std::string Lag(const v1::FeedStatus& feed) {
  if (!feed.has_lag()) return "";
  const int64_t millis = google::protobuf::util::TimeUtil::DurationToMilliseconds(feed.lag());
  return absl::FormatDuration(absl::Milliseconds(millis));
}

// The table, and the heads asked for while it grows.
class StatusReport {
 public:
  explicit StatusReport(const Context& context)
      : context_(context),
        table_({"service", "feed", "state", "position", "head", "lag", "quarantined", "ready",
                "error"}) {}

  void Add(const std::string& service, const v1::FeedStatus& feed) {
    const std::string head = Head(feed.feed());
    if (context_.json) {
      const std::string json = ToJson(feed);
      std::cout << WithMember("service", service,
                              head.empty() ? json : WithMember("head", head, json))
                << "\n";
      return;
    }
    const auto cell = [&](const char* field) {
      return Cell(feed, feed.GetDescriptor()->FindFieldByName(field));
    };
    table_.Add({service, feed.feed(), cell("state"), cell("position"), head, Lag(feed),
                cell("quarantined_count"), cell("ready"), feed.error()});
  }

  void AddUnreachable(const std::string& service, const absl::Status& status) {
    if (context_.json) return;
    table_.Add({service, "", "UNREACHABLE", "", "", "", "", "", std::string(status.message())});
  }

  void Print() const {
    if (!context_.json) std::cout << (table_.empty() ? "no feed is followed\n" : table_.ToString());
  }

 private:
  // Empty where the followed service does not say.
  std::string Head(const std::string& feed) {
    const auto known = heads_.find(feed);
    if (known != heads_.end()) return known->second;
    const absl::StatusOr<uint64_t> head = HeadOf(context_, feed);
    return heads_[feed] = head.ok() ? absl::StrCat(*head) : "";
  }

  const Context& context_;
  Table table_;
  std::map<std::string, std::string> heads_;
};

absl::Status Status(const Context& context, const Arguments& arguments) {
  if (arguments.size() > 1) return Usage("feed status takes at most one service");
  ASSIGN_OR_RETURN(const std::vector<std::string> services,
                   Followers(arguments.empty() ? std::nullopt : std::optional(arguments[0])));
  StatusReport report(context);
  absl::Status failed;
  for (const std::string& service : services) {
    const auto response =
        context.Call<v1::ListFeedsResponse>(MethodOf(service, "ListFeeds"), v1::ListFeedsRequest());
    if (absl::IsUnimplemented(response.status()) && arguments.empty()) continue;  // left out
    if (!response.ok()) {
      report.AddUnreachable(service, response.status());
      failed.Update(response.status());
      continue;
    }
    for (const v1::FeedStatus& feed : response->feeds()) report.Add(service, feed);
  }
  report.Print();
  return failed;
}

void PrintChange(const Context& context, const std::string& service,
                 const v1::QuarantinedChange& change, Table& table) {
  if (context.json) {
    std::cout << WithMember("service", service, ToJson(change)) << "\n";
    return;
  }
  const auto cell = [&](const char* field) {
    return Cell(change, change.GetDescriptor()->FindFieldByName(field));
  };
  table.Add({service, change.feed(), change.resource(), cell("version"), cell("position"),
             cell("state"), cell("tries"), cell("create_time"),
             change.reason().empty() ? change.error() : change.reason()});
}

Table QuarantineTable() {
  return Table({"service", "feed", "resource", "version", "position", "state", "tries", "since",
                "error or reason"});
}

absl::StatusOr<v1::QuarantinedChange::State> StateOf(const std::string& name) {
  v1::QuarantinedChange::State state = v1::QuarantinedChange::STATE_UNSPECIFIED;
  if (name.empty()) return state;
  if (v1::QuarantinedChange::State_Parse(absl::StrCat("STATE_", absl::AsciiStrToUpper(name)),
                                         &state) &&
      state != v1::QuarantinedChange::STATE_UNSPECIFIED) {
    return state;
  }
  return Usage("--state is quarantined, applied, skipped or superseded");
}

// The pages of one service's quarantine, up to the limit.
absl::Status PrintQuarantine(const Context& context, const std::string& service,
                             v1::ListQuarantinedChangesRequest request, int limit, Table& table) {
  while (limit > 0) {
    request.set_page_size(std::min(limit, 500));
    ASSIGN_OR_RETURN(const auto page, context.Call<v1::ListQuarantinedChangesResponse>(
                                          MethodOf(service, "ListQuarantinedChanges"), request));
    for (const auto& change : page.changes()) PrintChange(context, service, change, table);
    limit -= page.changes_size();
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  return absl::OkStatus();
}

absl::Status ListQuarantine(const Context& context, const Arguments& arguments,
                            const FeedOptions& options) {
  if (arguments.size() > 2) return Usage("feed quarantine list [SERVICE [RESOURCE]]");
  if (options.limit < 1) return Usage("--limit is at least 1");
  ASSIGN_OR_RETURN(const std::vector<std::string> services,
                   Followers(arguments.empty() ? std::nullopt : std::optional(arguments[0])));
  v1::ListQuarantinedChangesRequest request;
  if (arguments.size() == 2) request.set_resource(arguments[1]);
  ASSIGN_OR_RETURN(const v1::QuarantinedChange::State state, StateOf(options.state));
  request.set_state(state);
  Table table = QuarantineTable();
  for (const std::string& service : services) {
    const absl::Status status = PrintQuarantine(context, service, request, options.limit, table);
    if (absl::IsUnimplemented(status) && arguments.empty()) continue;  // left out
    RETURN_IF_ERROR(status);
  }
  if (!context.json) std::cout << (table.empty() ? "nothing is held back\n" : table.ToString());
  return absl::OkStatus();
}

absl::Status Retry(const Context& context, const Arguments& arguments) {
  if (arguments.size() != 2) return Usage("feed quarantine retry SERVICE RESOURCE");
  RETURN_IF_ERROR(Followers(arguments[0]).status());
  v1::RetryQuarantinedChangesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_feed(), FeedOf(arguments[1]));
  request.set_resource(arguments[1]);
  ASSIGN_OR_RETURN(const auto response,
                   context.Call<v1::RetryQuarantinedChangesResponse>(
                       MethodOf(arguments[0], "RetryQuarantinedChanges"), request));
  if (context.json) {
    std::cout << ToJson(response) << "\n";
  } else {
    std::cout << response.applied_count() << " applied\n";
  }
  if (!response.has_failed()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("version ", response.failed().version(),
                                                    " failed again: ", response.failed().error()));
}

absl::Status Skip(const Context& context, const Arguments& arguments, const FeedOptions& options) {
  v1::SkipQuarantinedChangeRequest request;
  int64_t version = 0;
  if (arguments.size() != 3 || !absl::SimpleAtoi(arguments[2], &version) ||
      options.reason.empty()) {
    return Usage("feed quarantine skip SERVICE RESOURCE VERSION --reason WHY");
  }
  RETURN_IF_ERROR(Followers(arguments[0]).status());
  ASSIGN_OR_RETURN(*request.mutable_feed(), FeedOf(arguments[1]));
  request.set_resource(arguments[1]);
  request.set_version(version);
  request.set_reason(options.reason);
  request.set_request_id(NewRequestId());
  ASSIGN_OR_RETURN(const auto skipped,
                   context.Call<v1::QuarantinedChange>(
                       MethodOf(arguments[0], "SkipQuarantinedChange"), request));
  Table table = QuarantineTable();
  PrintChange(context, arguments[0], skipped, table);
  if (!context.json) std::cout << table.ToString();
  return absl::OkStatus();
}

}  // namespace

absl::Status Feed(const Context& context, const Arguments& arguments, const FeedOptions& options) {
  if (arguments.empty()) return Usage(kFeedUsage);
  if (arguments[0] == "status") {
    return Status(context, {arguments.begin() + 1, arguments.end()});
  }
  if (arguments[0] != "quarantine" || arguments.size() < 2) return Usage(kFeedUsage);
  const Arguments rest(arguments.begin() + 2, arguments.end());
  if (arguments[1] == "list") return ListQuarantine(context, rest, options);
  if (arguments[1] == "retry") return Retry(context, rest);
  if (arguments[1] == "skip") return Skip(context, rest, options);
  return Usage(kFeedUsage);
}

absl::Status Projection(const Context& context, const Arguments& arguments) {
  if (arguments.size() != 3 || arguments[0] != "rebuild") {
    return Usage("projection rebuild SERVICE FEED, such as: projection rebuild risk organization");
  }
  RETURN_IF_ERROR(Followers(arguments[1]).status());
  v1::RebuildProjectionRequest request;
  request.set_feed(arguments[2]);
  request.set_request_id(NewRequestId());
  ASSIGN_OR_RETURN(const auto status, context.Call<v1::FeedStatus>(
                                          MethodOf(arguments[1], "RebuildProjection"), request));
  if (context.json) {
    std::cout << WithMember("service", arguments[1], ToJson(status)) << "\n";
  } else {
    std::cout << arguments[1] << " takes a new snapshot of the " << arguments[2]
              << " feed; qlctl feed status " << arguments[1] << " tells when it follows again\n";
  }
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
