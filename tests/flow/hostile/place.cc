#include "tests/flow/hostile/place.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "google/api/field_behavior.pb.h"
#include "qinglian/record/v1/record.pb.h"
#include "services/ctl/contract.h"
#include "tests/flow/hostile/planted.h"

namespace qinglian::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

bool Behaves(const FieldDescriptor* field, google::api::FieldBehavior wanted) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::count(behaviours.begin(), behaviours.end(), wanted) > 0;
}

Message* Below(Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->MutableRepeatedMessage(&message, field, 0)
                              : message.GetReflection()->MutableMessage(&message, field);
}

const Message& Below(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, 0)
                              : message.GetReflection()->GetMessage(message, field);
}

bool IsSet(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

// The places at and below `path`, which leads to `message`.
void Collect(const Message& message, Place place, std::vector<Place>& places) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (Behaves(field, google::api::OUTPUT_ONLY)) continue;
    place.path.push_back(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      places.push_back(place);
    } else if (field->message_type() != nullptr && IsSet(message, field)) {
      Collect(Below(message, field), place, places);
    }
    place.path.pop_back();
  }
}

bool OnlyAsks(const MethodDescriptor* method) {
  const bool streams = method->server_streaming() || method->client_streaming();
  return !streams &&
         (absl::StartsWith(method->name(), "Get") || absl::StartsWith(method->name(), "List") ||
          absl::StartsWith(method->name(), "Lookup") || absl::StartsWith(method->name(), "Search"));
}

// A request with its parts there, so that their fields are places.
std::shared_ptr<const Message> Question(const MethodDescriptor* method) {
  std::shared_ptr<Message> question = ctl::NewMessage(*method->input_type());
  for (int i = 0; i < method->input_type()->field_count(); ++i) {
    const FieldDescriptor* field = method->input_type()->field(i);
    if (field->message_type() != nullptr && !field->is_repeated() &&
        Behaves(field, google::api::REQUIRED))
      question->GetReflection()->MutableMessage(question.get(), field);
  }
  return question;
}

}  // namespace

std::string Place::ToString() const {
  std::string text = method->full_name();
  for (const FieldDescriptor* field : path) absl::StrAppend(&text, ".", field->name());
  return text;
}

void Place::Put(Message& request, const std::string& text) const {
  Message* at = &request;
  for (size_t i = 0; i + 1 < path.size(); ++i) at = Below(*at, path[i]);
  const FieldDescriptor* field = path.back();
  if (!field->is_repeated()) {
    at->GetReflection()->SetString(at, field, text);
  } else if (IsSet(*at, field)) {
    at->GetReflection()->SetRepeatedString(at, field, 0, text);
  } else {
    at->GetReflection()->AddString(at, field, text);
  }
}

bool Place::IsEdit() const { return absl::StartsWith(method->name(), "Update"); }

bool Place::IsKept() const {
  // What came along unasked, and cannot change, is left alone.
  if (IsEdit() && path.size() > 1 && Behaves(path[1], google::api::IMMUTABLE)) return false;
  return path.size() > 1 && path[0]->message_type() == method->output_type() &&
         path[0]->message_type()->options().HasExtension(record::v1::table) &&
         !Behaves(path.back(), google::api::INPUT_ONLY) && path[1]->name() != "name" &&
         path[1]->name() != "etag";
}

std::string Place::Kept(const Message& resource) const {
  const Message* at = &resource;
  for (size_t i = 1; i + 1 < path.size(); ++i) {
    if (!IsSet(*at, path[i])) return "";
    at = &Below(*at, path[i]);
  }
  const FieldDescriptor* field = path.back();
  if (!field->is_repeated()) return at->GetReflection()->GetString(*at, field);
  return IsSet(*at, field) ? at->GetReflection()->GetRepeatedString(*at, field, 0) : "";
}

std::vector<Place> PlacesOf(const std::vector<RecordedWrite>& writes,
                            const rpc::CallOptions& reader) {
  std::vector<Place> places;
  std::map<const MethodDescriptor*, const RecordedWrite*> last;
  for (const RecordedWrite& write : writes) last[write.method] = &write;
  for (const auto& [method, write] : last) {
    const bool reasons = method->input_type()->FindFieldByName("reason") != nullptr;
    if (CarriesResource(*method->input_type()) || reasons)
      Collect(*write->request, {method, write->request, ToldYear::As(*write), {}}, places);
  }
  for (const auto* service : access::LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (!OnlyAsks(method)) continue;
      const auto question = Question(method);
      Collect(*question, {method, question, reader, {}}, places);
    }
  }
  return places;
}

}  // namespace qinglian::test
