#include "services/ctl/read_commands.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/util/json_util.h"
#include "grpc/health/v1/health.pb.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "qinglian/journal/v1/pending.pb.h"
#include "services/ctl/contract.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::StatusOr<std::unique_ptr<Message>> Invoke(const Context& context,
                                                const google::protobuf::MethodDescriptor& method,
                                                const Message& request) {
  std::unique_ptr<Message> response = NewMessage(*method.output_type());
  RETURN_IF_ERROR(
      rpc::InvokeRaw(*context.channel, PathOf(method), request, *response, context.CallOptions()));
  return response;
}

void PrintItems(const Context& context, const Message& response, const FieldDescriptor* items,
                Table& table) {
  const auto columns = Columns(*items->message_type());
  for (int i = 0; i < response.GetReflection()->FieldSize(response, items); ++i) {
    const Message& item = response.GetReflection()->GetRepeatedMessage(response, items, i);
    if (context.json) {
      std::cout << ToJson(item) << "\n";
      continue;
    }
    std::vector<std::string> row;
    for (const FieldDescriptor* column : columns) row.push_back(Cell(item, column));
    table.Add(std::move(row));
  }
}

std::vector<std::string> Header(const google::protobuf::Descriptor& type) {
  std::vector<std::string> header;
  for (const FieldDescriptor* column : Columns(type)) header.push_back(column->name());
  return header;
}

// Walks the pages of a list method until `limit` items were printed.
absl::Status PrintPages(const Context& context, const google::protobuf::MethodDescriptor& method,
                        Message& request, int limit) {
  const FieldDescriptor* items = ItemsOf(*method.output_type());
  Table table(Header(*items->message_type()));
  int left = limit;
  std::string next;
  do {
    SetField(request, "page_size", absl::StrCat(std::min(left, 500)));
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, Invoke(context, method, request));
    PrintItems(context, *response, items, table);
    left -= response->GetReflection()->FieldSize(*response, items);
    next = TokenOf(*response);
    SetField(request, "page_token", next);
  } while (!next.empty() && left > 0);
  if (!context.json) std::cout << (table.empty() ? "nothing found\n" : table.ToString());
  if (!context.json && !next.empty()) std::cout << "there is more: raise --limit\n";
  return absl::OkStatus();
}

// Adds, or prints as JSON, what waits in one service, up to `limit`; answers whether there is more.
absl::StatusOr<bool> AddPending(const Context& context, const std::string& service,
                                journal::v1::ListPendingActionsRequest request, int limit,
                                Table& table) {
  while (limit > 0) {
    request.set_page_size(std::min(limit, 500));
    ASSIGN_OR_RETURN(
        const auto response,
        context.Call<journal::v1::ListPendingActionsResponse>(
            absl::StrCat("/qinglian.", service, ".v1.PendingActionService/ListPendingActions"),
            request));
    for (const journal::v1::PendingAction& action : response.actions()) {
      if (context.json) std::cout << ToJson(action) << "\n";
      table.Add({Cell(action, action.GetDescriptor()->FindFieldByName("due_date")),
                 action.overdue() ? "yes" : "no", action.state(), action.title(), action.resource(),
                 action.method()});
    }
    if (response.next_page_token().empty()) return false;
    limit -= response.actions_size();
    request.set_page_token(response.next_page_token());
  }
  return true;
}

void PrintChange(const Context& context, const journal::v1::Change& change) {
  if (context.json) {
    std::cout << ToJson(change) << "\n" << std::flush;
    return;
  }
  const auto time = clock::ToTime(change.time());
  std::cout << absl::StrCat(
                   change.position(), "  ",
                   time.ok() ? absl::FormatTime("%Y-%m-%d %H:%M:%E6S", *time, clock::China()) : "",
                   "  ", journal::v1::Change::Operation_Name(change.operation()).substr(10), "  ",
                   change.resource(), " v", change.version(), "  ",
                   absl::StrJoin(change.changed_fields(), ","), change.reason().empty() ? "" : "  ",
                   change.reason(), "\n")
            << std::flush;
}

// `-` stands for what comes in: a command line is shown to everybody on the machine.
absl::Status ReadRequest(const std::string& argument, Message& request) {
  std::string json = argument;
  if (argument == "-") json.assign(std::istreambuf_iterator<char>(std::cin), {});
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &request);
  if (parsed.ok()) return absl::OkStatus();
  // Its first line: the ones below it draw where.
  const std::string problem(parsed.message());
  return Usage(absl::StrCat("the request is not right: ", problem.substr(0, problem.find('\n'))));
}

}  // namespace

absl::Status Get(const Context& context, const Arguments& arguments) {
  if (arguments.size() != 1) return Usage("get wants a resource name: qlctl get organizations/ID");
  ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method,
                   GetMethodOf(id::CollectionOf(arguments[0])));
  const std::unique_ptr<Message> request = NewMessage(*method->input_type());
  SetField(*request, "name", arguments[0]);
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> resource, Invoke(context, *method, *request));
  std::cout << (context.json ? ToJson(*resource) + "\n" : ToText(*resource));
  return absl::OkStatus();
}

absl::Status List(const Context& context, const Arguments& arguments, const ListOptions& options) {
  if (arguments.size() != 1) return Usage("list wants a collection: qlctl list organizations");
  ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method, ListMethodOf(arguments[0]));
  const std::unique_ptr<Message> request = NewMessage(*method->input_type());
  SetField(*request, "filter", options.filter);
  SetField(*request, "order_by", options.order_by);
  SetField(*request, "subtree", options.subtree);
  return PrintPages(context, *method, *request, options.limit);
}

absl::Status History(const Context& context, const Arguments& arguments,
                     const ListOptions& options) {
  if (arguments.size() != 1)
    return Usage("history wants a resource name: qlctl history organizations/ID");
  ASSIGN_OR_RETURN(const google::protobuf::Descriptor* type,
                   ResourceOf(id::CollectionOf(arguments[0])));
  journal::v1::ListHistoryRequest request;
  request.set_name(arguments[0]);
  request.set_page_size(options.limit);
  ASSIGN_OR_RETURN(
      const auto response,
      context.Call<journal::v1::ListHistoryResponse>(
          absl::StrCat("/", type->file()->package(), ".JournalService/ListHistory"), request));
  for (const journal::v1::Change& change : response.changes()) PrintChange(context, change);
  return absl::OkStatus();
}

absl::Status Pending(const Context& context, const Arguments& arguments,
                     const ListOptions& options) {
  if (arguments.size() > 1) return Usage("pending takes at most one organization");
  if (arguments.empty() && context.bearer_token.empty()) {
    return Usage(
        "pending for whom? Call as a person, or name an organization: qlctl pending "
        "organizations/ID");
  }
  Table table({"due", "overdue", "state", "title", "resource", "method"});
  bool more = false;
  for (const std::string& service : ServicesWith("PendingActionService")) {
    journal::v1::ListPendingActionsRequest request;
    if (!arguments.empty()) request.set_organization(arguments[0]);
    const absl::StatusOr<bool> rest = AddPending(context, service, request, options.limit, table);
    if (absl::IsUnimplemented(rest.status())) continue;  // an installation may leave a service out
    if (!rest.ok()) return rest.status();
    more = more || *rest;
  }
  if (context.json) return absl::OkStatus();
  std::cout << (table.empty() ? "nothing waits\n" : table.ToString());
  if (more) std::cout << "there is more: raise --limit\n";
  return absl::OkStatus();
}

absl::Status Watch(const Context& context, const Arguments& arguments, const std::string& from) {
  const std::vector<std::string> services = Services();
  if (arguments.size() != 1 ||
      std::find(services.begin(), services.end(), arguments[0]) == services.end()) {
    return Usage(absl::StrCat("watch wants one of ", absl::StrJoin(services, ", ")));
  }
  journal::v1::WatchChangesRequest request;
  if (from == "now") request.set_now(true);
  if (from == "snapshot") request.set_snapshot(true);
  if (from != "now" && from != "snapshot" && from != "start")
    return Usage("--from is now, start or snapshot");
  rpc::CallOptions options = context.CallOptions();
  options.timeout = absl::InfiniteDuration();
  while (true) {
    rpc::ServerStreamClient<journal::v1::WatchChangesRequest, journal::v1::WatchChangesResponse>
        stream(context.channel,
               absl::StrCat("/qinglian.", arguments[0], ".v1.JournalService/WatchChanges"), request,
               options);
    journal::v1::WatchChangesResponse batch;
    while (stream.Read(&batch)) {
      for (const journal::v1::Change& change : batch.changes()) PrintChange(context, change);
      if (!batch.resume_token().empty()) request.set_resume_token(batch.resume_token());
    }
    // A service that restarts is waited for; whatever else ended the stream ends the command.
    const absl::Status status = stream.Finish();
    if (!absl::IsUnavailable(status)) return status;
    absl::SleepFor(absl::Seconds(1));
  }
}

absl::Status Call(const Context& context, const Arguments& arguments) {
  if (arguments.empty() || arguments.size() > 2) {
    return Usage(
        "call wants a method and a request: qlctl call GetOrganization '{\"name\": "
        "\"organizations/ID\"}'");
  }
  ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method, FindMethod(arguments[0]));
  if (method->client_streaming() || method->server_streaming())
    return Usage("call does not stream; see watch, import");
  const std::unique_ptr<Message> request = NewMessage(*method->input_type());
  if (arguments.size() == 2) RETURN_IF_ERROR(ReadRequest(arguments[1], *request));
  const FieldDescriptor* request_id = request->GetDescriptor()->FindFieldByName("request_id");
  if (request_id != nullptr && request->GetReflection()->GetString(*request, request_id).empty()) {
    SetField(*request, "request_id", NewRequestId());
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, Invoke(context, *method, *request));
  std::cout << (context.json ? ToJson(*response) + "\n" : ToText(*response));
  return absl::OkStatus();
}

absl::Status Health(const Context& context, const Arguments& arguments) {
  ::grpc::health::v1::HealthCheckRequest request;
  if (!arguments.empty()) request.set_service(arguments[0]);
  rpc::CallOptions options = context.CallOptions();
  options.retries = 0;
  ::grpc::health::v1::HealthCheckResponse response;
  RETURN_IF_ERROR(
      rpc::InvokeRaw(*context.channel, "/grpc.health.v1.Health/Check", request, response, options));
  std::cout << ::grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status())
            << "\n";
  if (response.status() == ::grpc::health::v1::HealthCheckResponse::SERVING)
    return absl::OkStatus();
  return status::Error(status::kUpstreamUnavailable);
}

}  // namespace qinglian::ctl
