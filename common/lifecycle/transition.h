// Lifecycles as declarations: a transition is a name, the states it leaves and the state it
// reaches, so that the refusals of the rules and the tables of the tests are made from the same
// line.
#ifndef QINGLIAN_COMMON_LIFECYCLE_TRANSITION_H_
#define QINGLIAN_COMMON_LIFECYCLE_TRANSITION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/status/status.h"

namespace qinglian::lifecycle {

// A set of states, a bit each.
template <typename... States>
constexpr uint32_t OneOf(States... states) {
  return ((uint32_t{1} << static_cast<int>(states)) | ...);
}

// A transition of resources of type `Resource`, whose state is `Resource::State`.
template <typename Resource>
struct Transition {
  using State = typename Resource::State;

  // As it stands in errors: `submit`.
  std::string_view name;
  // The states it leaves, made by OneOf.
  uint32_t from;
  // The state it reaches; STATE_UNSPECIFIED where the state stays.
  State to = Resource::STATE_UNSPECIFIED;

  constexpr bool Leaves(State state) const { return ((from >> static_cast<int>(state)) & 1) != 0; }
  constexpr bool Stays() const { return to == Resource::STATE_UNSPECIFIED; }
};

// The names of the states that `transition` leaves, joined by "|".
template <typename Resource>
std::string Sources(const Transition<Resource>& transition) {
  std::string names;
  for (int i = 0; i < Resource::State_ARRAYSIZE; ++i) {
    const auto state = static_cast<typename Resource::State>(i);
    if (!Resource::State_IsValid(i) || !transition.Leaves(state)) continue;
    if (!names.empty()) names += "|";
    names += Resource::State_Name(state);
  }
  return names;
}

// The name of a resource; of one that is yet to be made, its type: `RoleBinding`.
template <typename Resource>
std::string NameOrType(const Resource& resource) {
  return resource.name().empty() ? Resource::descriptor()->name() : resource.name();
}

// FAILED_PRECONDITION, TRANSITION_NOT_ALLOWED, where `resource` is in no state that `transition`
// leaves.
template <typename Resource>
absl::Status CheckState(const Resource& resource, const Transition<Resource>& transition) {
  if (transition.Leaves(resource.state())) return absl::OkStatus();
  return status::TransitionRefused(NameOrType(resource), transition.name,
                                   Resource::State_Name(resource.state()), Sources(transition));
}

// FAILED_PRECONDITION, GUARD_NOT_MET, where `met` is false.
template <typename Resource>
absl::Status CheckGuard(const Resource& resource, const Transition<Resource>& transition,
                        const status::Guard& guard, bool met) {
  if (met) return absl::OkStatus();
  return status::TransitionRefused(
      NameOrType(resource), transition.name, Resource::State_Name(resource.state()),
      Resource::State_Name(transition.Stays() ? resource.state() : transition.to), &guard);
}

}  // namespace qinglian::lifecycle

#endif  // QINGLIAN_COMMON_LIFECYCLE_TRANSITION_H_
