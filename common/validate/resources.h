// The resource types that are linked in, and the names they have.
#ifndef QINGLIAN_COMMON_VALIDATE_RESOURCES_H_
#define QINGLIAN_COMMON_VALIDATE_RESOURCES_H_

#include <string>
#include <string_view>

namespace qinglian::validate {

// The form of a resource type's names.
struct ResourceForm {
  // Empty for any.
  std::string collection;
  enum class Id { kUuid, kCode, kAny } id = Id::kAny;
};

// The form of a type such as `organization.qinglian/Organization`, from the google.api.resource of
// a message or the google.api.resource_definition of a file; any name at all for `*` and types that
// are not linked in. The reference holds for the life of the program. Thread-safe.
const ResourceForm& FormOf(std::string_view type);

bool HasForm(const ResourceForm& form, std::string_view name);

}  // namespace qinglian::validate

#endif  // QINGLIAN_COMMON_VALIDATE_RESOURCES_H_
