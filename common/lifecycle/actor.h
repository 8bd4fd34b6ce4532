// Who takes a step, for himself or for another.
#ifndef QINGLIAN_COMMON_LIFECYCLE_ACTOR_H_
#define QINGLIAN_COMMON_LIFECYCLE_ACTOR_H_

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace qinglian::lifecycle {

// What is done under a delegation is permitted by what the delegator may do, and barred by what
// bars either of the two (qinglian.organization.v1.Delegation). Where somebody was named himself,
// as a handler, an investigator or on a panel or a team, nobody stands in for him.
struct Actor {
  // `persons/{person}`, `clients/{client}` or `services/{service}`.
  std::string name;
  // `persons/{person}`, whom he acts for under a dated delegation; empty where he acts for himself.
  std::string acting_for = {};

  // Whose posts and whose side count.
  const std::string& holder() const { return acting_for.empty() ? name : acting_for; }

  // Whether `person` is one of the two.
  bool Is(std::string_view person) const {
    return person == name || (!acting_for.empty() && person == acting_for);
  }

  // Whether neither is one of `persons`.
  template <class Persons>
  bool IsNoneOf(const Persons& persons) const {
    return std::none_of(persons.begin(), persons.end(),
                        [this](std::string_view person) { return Is(person); });
  }
  bool IsNoneOf(std::initializer_list<std::string_view> persons) const {
    return IsNoneOf<std::initializer_list<std::string_view>>(persons);
  }

  // Notes whom he acts for in `represented` of what he drafts, submits or proposes, so that the
  // delegator does not decide on it as if another had done it.
  template <class Resource>
  void NoteIn(Resource& resource) const {
    const auto& known = resource.represented();
    if (acting_for.empty() || std::find(known.begin(), known.end(), acting_for) != known.end()) {
      return;
    }
    resource.add_represented(acting_for);
  }

  // Four eyes: whether neither is one of `handlers`, who had a part in the resource, nor was
  // represented in it.
  template <class Resource>
  bool HadNoPartIn(const Resource& resource,
                   std::initializer_list<std::string_view> handlers) const {
    return IsNoneOf(handlers) && IsNoneOf(resource.represented());
  }
};

}  // namespace qinglian::lifecycle

#endif  // QINGLIAN_COMMON_LIFECYCLE_ACTOR_H_
