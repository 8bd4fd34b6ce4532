#include "common/journal/reading.h"

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "common/id/names.h"
#include "common/journal/row.h"
#include "common/log/log.h"
#include "common/mysql/transact.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/protection.h"
#include "google/api/field_behavior.pb.h"
#include "qinglian/access/v1/access.pb.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::journal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One protected resource that is shown.
struct Shown {
  std::string name;
  std::string kind;
  // 16 bytes; empty for none.
  std::string organization;

  bool operator<(const Shown& other) const {
    return std::tie(name, kind) < std::tie(other.name, other.kind);
  }
};

bool IsResource(const Descriptor* type) { return type->options().HasExtension(record::v1::table); }

bool IsProtected(const Descriptor* resource) {
  return visibility::Protection::Of(resource).sensitivity() >= access::v1::SENSITIVITY_PERSONAL;
}

bool InputOnly(const FieldDescriptor* field) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  for (const int behaviour : behaviours) {
    if (behaviour == google::api::INPUT_ONLY) return true;
  }
  return false;
}

bool IsProtected(const FieldDescriptor* field) {
  return !InputOnly(field) &&
         field->options().GetExtension(access::v1::field) >= access::v1::SENSITIVITY_PERSONAL;
}

bool MayShow(const Descriptor* type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(type).second) return false;
  if (type == v1::Change::descriptor() || (IsResource(type) && IsProtected(type))) return true;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsProtected(field)) return true;
    if (field->message_type() != nullptr && MayShow(field->message_type(), seen)) return true;
  }
  return false;
}

std::string TextOf(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return text ? message.GetReflection()->GetString(message, field) : "";
}

std::string OrganizationBytes(const std::string& name) {
  const auto id = id::ParseName("organizations", name);
  return id.ok() ? id->Bytes() : "";
}

// The type of resource that has such names; empty for none.
std::string KindOf(const std::string& name) {
  for (const Descriptor* type : record::LinkedResources()) {
    if (record::Plan::Of(type).type().IdOf(name).ok()) return type->full_name();
  }
  return "";
}

// Gathers what an answer shows. `asked` is the resource that the request names: what is protected
// and stands in no resource is of that.
class Gatherer {
 public:
  explicit Gatherer(const std::string& asked) : within_{asked, KindOf(asked), ""} {}

  void Add(const Message& message) {
    const Descriptor* type = message.GetDescriptor();
    if (type == v1::Change::descriptor()) return AddChange(static_cast<const v1::Change&>(message));
    if (!IsResource(type)) return AddFields(message);
    const Shown around = std::exchange(within_, ShownOf(message));
    if (IsProtected(type)) {
      shown_.insert(within_);
    } else {
      AddFields(message);
    }
    within_ = around;
  }

  std::set<Shown> Take() { return std::move(shown_); }

 private:
  static Shown ShownOf(const Message& resource) {
    const FieldDescriptor* owner = record::Plan::Of(resource.GetDescriptor()).organization_field();
    return {TextOf(resource, "name"), resource.GetDescriptor()->full_name(),
            owner == nullptr
                ? ""
                : OrganizationBytes(resource.GetReflection()->GetString(resource, owner))};
  }

  void AddFields(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) AddField(message, field);
  }

  void AddChange(const v1::Change& change) {
    const Descriptor* kind =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(change.kind());
    // What a newer program wrote may be protected.
    if (kind == nullptr || IsProtected(kind)) {
      shown_.insert({change.resource(), change.kind(), OrganizationBytes(change.organization())});
    } else if (visibility::Protection::Of(kind).has_fields()) {
      const std::unique_ptr<Message> image(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind)->New());
      if (image->ParsePartialFromString(change.after().value())) Add(*image);
    }
  }

  void AddField(const Message& message, const FieldDescriptor* field) {
    if (IsProtected(field)) shown_.insert(within_);
    if (field->message_type() == nullptr) return;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    if (!field->is_repeated()) return Add(reflection.GetMessage(message, field));
    for (int i = 0; i < reflection.FieldSize(message, field); ++i)
      Add(reflection.GetRepeatedMessage(message, field, i));
  }

  // The resource that is being looked into.
  Shown within_;
  std::set<Shown> shown_;
};

bool IsOfTheHouse(const rpc::Caller& caller) { return absl::StartsWith(caller.actor, "services/"); }

Facts FactsOf(const rpc::Caller& caller, const std::string& method, std::string request_hash) {
  Facts facts;
  facts.actor = caller.actor;
  facts.acting_for = caller.acting_for;
  facts.client = caller.client;
  facts.method = method;
  facts.request_id = id::Uuid::NewV4();
  facts.request_hash = std::move(request_hash);
  facts.deadline = absl::InfiniteFuture();
  return facts;
}

// Commits the rows, or says that nothing may be shown.
absl::Status Commit(Journal& journal, mysql::Session& session, const Facts& facts,
                    const std::set<Shown>& shown, const std::string& purpose) {
  const absl::Time now = journal.system_clock().Now();
  const absl::Status status = mysql::Transact(
      session, {.deadline = facts.deadline}, [&](mysql::Connection& connection) -> absl::Status {
        std::vector<Row> rows;
        for (const Shown& one : shown) {
          Row& row = rows.emplace_back(RowOf(facts, now, rows.size()));
          row.resource = one.name;
          row.kind = one.kind;
          row.operation = v1::Change::Operation_Name(v1::Change::OPERATION_READ);
          if (!one.organization.empty()) row.organization = one.organization;
          row.reason = purpose;
        }
        return InsertRows(connection, rows);
      });
  if (!status.ok()) {
    log::Error("a reading could not be recorded and was refused",
               {{"error", status}, {"database", mysql::InternalText(status)}});
    return status::Error(status::kReadingNotRecorded);
  }
  journal.counts().readings += shown.size();
  journal.Wake();
  return absl::OkStatus();
}

}  // namespace

bool MayShowProtected(const Descriptor* response) {
  std::set<const Descriptor*> seen;
  return MayShow(response, seen);
}

absl::Status RecordReading(Journal& journal, rpc::Call& call, const Message& request,
                           const Message& response) {
  if (IsOfTheHouse(call.caller())) return absl::OkStatus();
  Gatherer gatherer(TextOf(request, "name"));
  gatherer.Add(response);
  const std::set<Shown> shown = gatherer.Take();
  if (shown.empty()) return absl::OkStatus();
  Facts facts =
      FactsOf(call.caller(), call.method(), RequestHash(request, journal.options().request_key));
  facts.trace_id = call.trace_id();
  facts.deadline = call.deadline();
  return Commit(journal, call.database(), facts, shown, TextOf(request, "purpose"));
}

absl::Status RecordWatching(Journal& journal, mysql::Session& session, const rpc::Caller& caller,
                            const std::string& method, const std::set<std::string>& kinds) {
  if (IsOfTheHouse(caller) || kinds.empty()) return absl::OkStatus();
  const Facts facts = FactsOf(caller, method, GenesisHash());
  std::set<Shown> shown;
  for (const std::string& kind : kinds) shown.insert({"", kind, ""});
  return Commit(journal, session, facts, shown, "");
}

}  // namespace qinglian::journal
