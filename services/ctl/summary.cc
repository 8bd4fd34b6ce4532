#include "services/ctl/summary.h"

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/ctl/contract.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// How many there are, by walking the pages.
absl::StatusOr<int64_t> Count(const Context& context,
                              const google::protobuf::MethodDescriptor& method) {
  int64_t count = 0;
  const std::unique_ptr<Message> request = NewMessage(*method.input_type());
  SetField(*request, "page_size", "1000");
  std::string next;
  do {
    const std::unique_ptr<Message> response = NewMessage(*method.output_type());
    RETURN_IF_ERROR(rpc::InvokeRaw(*context.channel, PathOf(method), *request, *response,
                                   context.CallOptions()));
    const FieldDescriptor* items = ItemsOf(*method.output_type());
    count += response->GetReflection()->FieldSize(*response, items);
    next = TokenOf(*response);
    SetField(*request, "page_token", next);
  } while (!next.empty());
  return count;
}

}  // namespace

absl::Status Summary(const Context& context, const Arguments& arguments) {
  if (!arguments.empty()) return Usage("summary takes no arguments");
  Table table({"service", "resources", "count"});
  for (const std::string& collection : Collections()) {
    ASSIGN_OR_RETURN(const google::protobuf::Descriptor* type, ResourceOf(collection));
    ASSIGN_OR_RETURN(const google::protobuf::MethodDescriptor* method, ListMethodOf(collection));
    const absl::StatusOr<int64_t> count = Count(context, *method);
    if (absl::IsUnimplemented(count.status())) continue;  // an installation may leave a service out
    // Not for this caller to see.
    const bool forbidden = absl::IsPermissionDenied(count.status());
    if (!count.ok() && !forbidden) return count.status();
    table.Add({ServiceOf(*type), collection, forbidden ? "-" : absl::StrCat(*count)});
  }
  std::cout << table.ToString();
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
