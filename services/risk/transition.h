// What the lifecycles of this service have in common: a transition is a name, the states it leaves
// and the state it reaches, so that the tables of the tests and the refusals of the rules are made
// from the same declaration.
#ifndef QINGLIAN_SERVICES_RISK_TRANSITION_H_
#define QINGLIAN_SERVICES_RISK_TRANSITION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/status/status.h"

namespace qinglian::risk {

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
  // The state it reaches; the state itself for an edit, which changes none.
  State to;

  constexpr bool Leaves(State state) const { return ((from >> static_cast<int>(state)) & 1) != 0; }
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

// FAILED_PRECONDITION, TRANSITION_NOT_ALLOWED, where `resource` is in no state that `transition`
// leaves.
template <typename Resource>
absl::Status CheckState(const Resource& resource, const Transition<Resource>& transition) {
  if (transition.Leaves(resource.state())) return absl::OkStatus();
  return status::TransitionRefused(resource.name(), transition.name,
                                   Resource::State_Name(resource.state()), Sources(transition));
}

// FAILED_PRECONDITION, GUARD_NOT_MET, where `met` is false.
template <typename Resource>
absl::Status CheckGuard(const Resource& resource, const Transition<Resource>& transition,
                        const status::Guard& guard, bool met) {
  if (met) return absl::OkStatus();
  return status::TransitionRefused(resource.name(), transition.name,
                                   Resource::State_Name(resource.state()),
                                   Resource::State_Name(transition.to), &guard);
}

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_TRANSITION_H_
