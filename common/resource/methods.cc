#include "common/resource/methods.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "common/access/permission.h"
#include "common/mysql/errors.h"
#include "common/record/record.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/redaction.h"
#include "common/visibility/visibility.h"
#include "google/api/field_behavior.pb.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The request that an item of a batch holds in its oneof; null where it holds none.
const Message* RequestOf(const Message& item) {
  const google::protobuf::Descriptor* type = item.GetDescriptor();
  if (type->oneof_decl_count() == 0) return nullptr;
  const FieldDescriptor* set =
      item.GetReflection()->GetOneofFieldDescriptor(item, type->oneof_decl(0));
  return set == nullptr ? nullptr : &item.GetReflection()->GetMessage(item, set);
}

std::string TextOf(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

// The organization that a caller says a new resource shall belong to; empty where the server knows
// it.
std::string OwnerGiven(const Message& resource) {
  const record::Plan& plan = record::Plan::Of(resource.GetDescriptor());
  const FieldDescriptor* field = plan.organization_field();
  if (field == nullptr || field->name() == "name") return "";
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  for (const int behaviour : behaviours) {
    if (behaviour == google::api::OUTPUT_ONLY) return "";
  }
  return resource.GetReflection()->GetString(resource, field);
}

// Whether a response lists resources that concern everybody.
bool ListsOpen(const Descriptor* response) {
  for (int i = 0; i < response->field_count(); ++i) {
    const Descriptor* type = response->field(i)->message_type();
    if (type != nullptr && type->options().HasExtension(record::v1::table))
      return visibility::Protection::Of(type).open();
  }
  return false;
}

std::string NameOf(const Message& item) {
  const Message* request = RequestOf(item);
  return request == nullptr ? std::string() : TextOf(*request, "name");
}

}  // namespace

access::v1::MethodRule Methods::RuleOf(std::string_view method) const {
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_.full_name());
  const auto* descriptor =
      service == nullptr ? nullptr : service->FindMethodByName(std::string(method));
  if (descriptor == nullptr) return {};
  return access::RuleOf(*descriptor).value_or(access::v1::MethodRule());
}

absl::Status Methods::CheckSubtree(rpc::Call& call, mysql::Connection& connection,
                                   const Message& request, const Descriptor* response) {
  const std::string subtree = TextOf(request, "subtree");
  if (subtree.empty() || ListsOpen(response)) return absl::OkStatus();
  return visibility::CheckReaches(connection, call.scope(), subtree);
}

absl::Status Methods::CheckInput(journal::Transaction& tx, const Message& request) {
  const Descriptor* type = request.GetDescriptor();
  if (!absl::StartsWith(type->name(), "Create")) return absl::OkStatus();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->message_type() == nullptr || field->is_repeated() ||
        !field->message_type()->options().HasExtension(record::v1::table)) {
      continue;
    }
    const Message& resource = request.GetReflection()->GetMessage(request, field);
    const std::string organization = OwnerGiven(resource);
    if (!organization.empty())
      RETURN_IF_ERROR(visibility::CheckReaches(tx.connection(), tx.scope(), organization));
  }
  return absl::OkStatus();
}

void Methods::Strip(const journal::Transaction& tx, Message& response) {
  if (response.GetDescriptor()->options().HasExtension(record::v1::table))
    visibility::Protection::Of(response.GetDescriptor()).Strip(tx.view(), response);
}

absl::Status Methods::CheckStillKnown(rpc::Call& call, const Message& response) {
  const Descriptor* type = response.GetDescriptor();
  if (!type->options().HasExtension(record::v1::table) ||
      visibility::Protection::Of(type).audience_table().empty()) {
    return absl::OkStatus();
  }
  const record::Plan& plan = record::Plan::Of(type);
  const std::string name = TextOf(response, "name");
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  ASSIGN_OR_RETURN(const std::set<std::string> known,
                   visibility::KnownOf(*connection, plan, call.scope(), {name}));
  if (known.count(name) > 0) return absl::OkStatus();
  call.scope().NoteRefused();
  return status::NotFound(plan.type().type, name);
}

absl::Status Methods::Redact(rpc::Call& call, Message& response) {
  const Descriptor* type = response.GetDescriptor();
  if (!type->options().HasExtension(record::v1::table) ||
      visibility::Protection::Of(type).origins().empty() || call.scope().persons().empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  // What his roles do not show was stripped with the write.
  return visibility::Redact(*connection, record::Plan::Of(type), call.scope(),
                            {{&response, access::v1::SENSITIVITY_SEALED}});
}

absl::Status Methods::EnterItem(journal::Transaction& tx, const Message& request) const {
  const access::Principal* principal = tx.scope().principal();
  if (principal == nullptr) return absl::OkStatus();
  const access::v1::MethodRule& rule = rules_.at(request.GetDescriptor());
  const size_t permission = access::PermissionCatalogue::Linked().Find(rule.permission());
  if (!principal->Holds(permission)) {
    tx.scope().NoteRefused();
    return status::Error(status::kPermissionDenied, {{"permission", rule.permission()}});
  }
  tx.set_scope(tx.scope().By(permission, rule.anywhere()));
  return absl::OkStatus();
}

void Methods::FillVerdict(const Message& resource, journal::v1::BatchVerdict& verdict) {
  verdict.set_etag(TextOf(resource, "etag"));
  const FieldDescriptor* state = resource.GetDescriptor()->FindFieldByName("state");
  if (state != nullptr)
    verdict.set_state(resource.GetReflection()->GetEnum(resource, state)->name());
}

absl::Status Methods::RunBatchItem(journal::Transaction& tx, const Message& item,
                                   journal::v1::BatchVerdict& verdict) {
  const Message* request = RequestOf(item);
  const auto transition =
      request == nullptr ? transitions_.end() : transitions_.find(request->GetDescriptor());
  if (transition == transitions_.end()) {
    status::FieldViolations violations;
    violations.Add("transition", "REQUIRED", "one transition must be set", "必须指定一种转换");
    return violations.ToStatus();
  }
  return journal::RunItem(tx, [&]() -> absl::Status {
    RETURN_IF_ERROR(EnterItem(tx, *request));
    return transition->second(tx, *request, verdict);
  });
}

absl::Status Methods::RunBatch(journal::Transaction& tx, const std::vector<const Message*>& items,
                               std::vector<journal::v1::BatchVerdict>& verdicts) {
  // Rows are locked in the order of their names, so that two batches never wait for each other.
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return NameOf(*items[a]) < NameOf(*items[b]); });
  verdicts.resize(items.size());
  for (size_t i : order) {
    verdicts[i].set_name(NameOf(*items[i]));
    const absl::Status status = RunBatchItem(tx, *items[i], verdicts[i]);
    if (mysql::EndsTransaction(status)) return status;
    *verdicts[i].mutable_status() = status::ToProto(status);
  }
  return absl::OkStatus();
}

}  // namespace qinglian::resource
