#include "common/record/seal.h"

#include <algorithm>
#include <string>

#include "google/protobuf/stubs/logging.h"
#include "qinglian/record/v1/sealed.pb.h"

namespace qinglian::record {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Seal::Seal(const google::protobuf::Descriptor* message) {
  if (!message->options().HasExtension(v1::sealed)) return;
  const v1::Sealed& declared = message->options().GetExtension(v1::sealed);
  for (const std::string& name : declared.fields()) {
    const FieldDescriptor* field = message->FindFieldByName(name);
    GOOGLE_CHECK(field != nullptr)
        << message->full_name() << " seals a field that it does not have: " << name;
    fields_.push_back(field);
  }
  state_ = message->FindFieldByName("state");
  GOOGLE_CHECK(state_ != nullptr && state_->enum_type() != nullptr)
      << message->full_name() << " is sealed without a state";
  for (const std::string& name : declared.revealed_states()) {
    const auto* value = state_->enum_type()->FindValueByName(name);
    GOOGLE_CHECK(value != nullptr)
        << message->full_name() << " is revealed in a state that it does not have: " << name;
    revealed_.push_back(value->number());
  }
}

bool Seal::Holds(const Message& resource) const {
  if (fields_.empty()) return false;
  const int state = resource.GetReflection()->GetEnumValue(resource, state_);
  return std::find(revealed_.begin(), revealed_.end(), state) == revealed_.end();
}

void Seal::Apply(Message& resource) const {
  for (const FieldDescriptor* field : fields_)
    resource.GetReflection()->ClearField(&resource, field);
  resource.DiscardUnknownFields();
}

}  // namespace qinglian::record
