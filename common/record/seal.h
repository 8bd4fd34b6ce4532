// What the journal's copies of a resource leave out until it is revealed
// (proto/qinglian/record/v1/sealed.proto says why).
#ifndef QINGLIAN_COMMON_RECORD_SEAL_H_
#define QINGLIAN_COMMON_RECORD_SEAL_H_

#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::record {

// The declaration of one type of resource. Thread-safe.
class Seal {
 public:
  // A declaration that names no field or state of the message ends the process: a test walks the
  // whole contract.
  explicit Seal(const google::protobuf::Descriptor* message);

  // Whether copies of the resource, as it is, leave something out.
  bool Holds(const google::protobuf::Message& resource) const;

  // Takes out what must not be told, and what a newer binary wrote and this one does not know: that
  // may have to be sealed too.
  void Apply(google::protobuf::Message& resource) const;

 private:
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  const google::protobuf::FieldDescriptor* state_ = nullptr;
  std::vector<int> revealed_;
};

}  // namespace qinglian::record

#endif  // QINGLIAN_COMMON_RECORD_SEAL_H_
