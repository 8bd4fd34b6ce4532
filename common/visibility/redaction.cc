#include "common/visibility/redaction.h"

#include <set>
#include <string>

#include "common/status/macros.h"
#include "common/visibility/protection.h"
#include "common/visibility/visibility.h"

namespace qinglian::visibility {
namespace {

using google::protobuf::Message;

// So many names are asked about at once.
constexpr size_t kAtOnce = 256;

std::string NameOf(const Protection::Origin& origin, const Message& part) {
  return part.GetReflection()->GetString(part, origin.names);
}

std::set<std::string> NamesIn(const Protection::Origin& origin, const std::vector<Shown>& shown) {
  std::set<std::string> names;
  for (const Shown& one : shown) {
    const google::protobuf::Reflection& reflection = *one.resource->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*one.resource, origin.part); ++i)
      names.insert(NameOf(origin, reflection.GetRepeatedMessage(*one.resource, origin.part, i)));
  }
  names.erase("");
  return names;
}

// Those of them that an audience hides from the caller.
absl::StatusOr<std::set<std::string>> HiddenOf(mysql::Connection& connection,
                                               const Protection::Origin& origin,
                                               const access::Scope& scope,
                                               std::set<std::string> names) {
  std::set<std::string> hidden;
  while (!names.empty()) {
    std::set<std::string> some;
    while (some.size() < kAtOnce && !names.empty()) some.insert(names.extract(names.begin()));
    ASSIGN_OR_RETURN(const std::set<std::string> known,
                     KnownOf(connection, record::Plan::Of(origin.type), scope, some));
    for (const std::string& name : some) {
      if (known.count(name) == 0) hidden.insert(name);
    }
  }
  return hidden;
}

// The parts that remain keep their order.
void TakeOut(const Protection::Origin& origin, const std::set<std::string>& hidden,
             Message& resource) {
  const google::protobuf::Reflection& reflection = *resource.GetReflection();
  const int size = reflection.FieldSize(resource, origin.part);
  int kept = 0;
  for (int i = 0; i < size; ++i) {
    const Message& part = reflection.GetRepeatedMessage(resource, origin.part, i);
    if (hidden.count(NameOf(origin, part)) > 0) continue;
    if (kept != i) reflection.SwapElements(&resource, origin.part, kept, i);
    ++kept;
  }
  for (int i = kept; i < size; ++i) reflection.RemoveLast(&resource, origin.part);
}

}  // namespace

absl::Status Redact(mysql::Connection& connection, const record::Plan& plan,
                    const access::Scope& scope, const std::vector<Shown>& shown) {
  const Protection& protection = Protection::Of(plan.message());
  if (!scope.persons().empty()) {
    for (const Protection::Origin& origin : protection.origins()) {
      ASSIGN_OR_RETURN(const std::set<std::string> hidden,
                       HiddenOf(connection, origin, scope, NamesIn(origin, shown)));
      if (hidden.empty()) continue;
      for (const Shown& one : shown) TakeOut(origin, hidden, *one.resource);
    }
  }
  for (const Shown& one : shown) protection.Strip(one.view, *one.resource);
  return absl::OkStatus();
}

bool Redacts(const record::Plan& plan, const access::Scope& scope) {
  if (scope.principal() == nullptr) return false;
  const Protection& protection = Protection::Of(plan.message());
  return (protection.greatest() > access::v1::SENSITIVITY_UNSPECIFIED &&
          !scope.ReachesAll(protection.greatest())) ||
         (!protection.origins().empty() && !scope.persons().empty());
}

}  // namespace qinglian::visibility
