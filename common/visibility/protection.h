// How a type of resource is protected, as its proto says (qinglian.access.v1.resource and .field).
#ifndef QINGLIAN_COMMON_VISIBILITY_PROTECTION_H_
#define QINGLIAN_COMMON_VISIBILITY_PROTECTION_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/record/record.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "qinglian/access/v1/access.pb.h"

namespace qinglian::visibility {

// What a caller is about to do with a resource. What is open may be read, and referred to by what
// is made for it, from everywhere; it is changed within the subtree only.
enum class Use { kRead, kReference, kChange };

// Who is denied a resource and who needs to know it, as names of persons.
struct Audience {
  std::vector<std::string> denied_to;
  // Empty for whoever has the permission.
  std::vector<std::string> known_to;
};

// Made once a type; thread-safe.
class Protection {
 public:
  // A declaration that names what the message does not have ends the process: a test walks the
  // whole contract.
  static const Protection& Of(const google::protobuf::Descriptor* message);

  Protection(const Protection&) = delete;
  Protection& operator=(const Protection&) = delete;

  // To whoever is shown less than this, the resource does not exist.
  access::v1::Sensitivity sensitivity() const { return rule_.sensitivity(); }

  // Whether the subtree does not matter for this use of this resource.
  bool OpenTo(Use use, const google::protobuf::Message& resource) const;
  // Whether all resources of the type, or those in these states, may be read from everywhere.
  bool open() const { return rule_.open(); }
  const std::vector<std::string>& open_states() const { return open_states_; }

  // Where resources of this type have an audience: the table that holds it, and the column of the
  // resource's own table that says whose audience it is. Empty for types without. A type whose
  // `audience_of` is its own `name` says nothing of it itself: its service keeps both its tables,
  // for what it knows from elsewhere (evidence, and the cases that refer to it).
  const std::string& audience_table() const { return audience_table_; }
  const std::string& audience_column() const { return audience_column_; }
  // Whether the resource itself says who its audience is, so that storing it stores that.
  bool declares_audience() const { return audience_table_ != "" && rule_.audience_of().empty(); }
  // What it says. Only where declares_audience.
  Audience AudienceOf(const google::protobuf::Message& resource) const;
  // Where some resources of the type are as confidential as what they are part of: the table with
  // the ids of those. Empty for types without.
  const std::string& confidential_table() const { return confidential_table_; }

  // Whether some fields, of the resource or of its parts, are more protected than the resource.
  bool has_fields() const { return !fields_.empty(); }
  // How far one of its own fields may be seen.
  access::v1::Sensitivity SensitivityOf(std::string_view field) const;
  // The greatest of all fields that are shown to anybody as they are.
  access::v1::Sensitivity greatest() const { return greatest_; }
  // Clears the fields that whoever is shown no more than `view` may not see.
  void Strip(access::v1::Sensitivity view, google::protobuf::Message& resource) const;

  // A part of the resource that something else came of: a finding, and the case that it opened. Who
  // is denied the other, or need not know it, is not shown the part either.
  struct Origin {
    // Repeated, of messages.
    const google::protobuf::FieldDescriptor* part;
    // The field of the part that names what came of it.
    const google::protobuf::FieldDescriptor* names;
    // The type of what came of it, which declares an audience.
    const google::protobuf::Descriptor* type;
  };
  const std::vector<Origin>& origins() const { return origins_; }

 private:
  using Path = std::vector<const google::protobuf::FieldDescriptor*>;

  explicit Protection(const google::protobuf::Descriptor* message);
  void FindAudience(const google::protobuf::Descriptor* message);
  void FindFields(const google::protobuf::Descriptor* message, Path& way);
  void FindOrigins(const google::protobuf::Descriptor* message);

  const access::v1::ResourceRule rule_;
  std::vector<std::string> open_states_;
  const google::protobuf::FieldDescriptor* state_ = nullptr;
  std::string audience_table_;
  std::string audience_column_;
  std::string confidential_table_;
  // By the way to them.
  std::vector<std::pair<Path, access::v1::Sensitivity>> fields_;
  access::v1::Sensitivity greatest_ = access::v1::SENSITIVITY_UNSPECIFIED;
  std::vector<Origin> origins_;
};

}  // namespace qinglian::visibility

#endif  // QINGLIAN_COMMON_VISIBILITY_PROTECTION_H_
