#include "services/review/rubric_rules.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::review {
namespace {

using v1::Rubric;

std::set<std::string> ParentsOf(const Rubric& rubric) {
  std::set<std::string> parents;
  for (const auto& indicator : rubric.indicators()) parents.insert(indicator.parent());
  return parents;
}

bool TreeWhole(const Rubric& rubric) {
  std::set<std::string> seen;
  for (const auto& indicator : rubric.indicators()) {
    if (!indicator.parent().empty() && !seen.contains(indicator.parent())) return false;
    if (!seen.insert(indicator.code()).second) return false;
  }
  return !seen.empty();
}

bool WeightsSum(const Rubric& rubric) {
  std::map<std::string, int64_t> sums;
  for (const auto& indicator : rubric.indicators()) {
    sums[indicator.parent()] += indicator.centipoints();
  }
  if (sums[""] != rubric.full_centipoints()) return false;
  for (const auto& indicator : rubric.indicators()) {
    const auto sum = sums.find(indicator.code());
    if (sum != sums.end() && sum->second != indicator.centipoints()) return false;
  }
  return true;
}

bool MethodsGiven(const Rubric& rubric) {
  const std::set<std::string> parents = ParentsOf(rubric);
  for (const auto& indicator : rubric.indicators()) {
    const auto method = indicator.scoring_method();
    const bool leaf = !parents.contains(indicator.code());
    if (leaf == (method == Rubric::SCORING_METHOD_UNSPECIFIED)) return false;
    const bool veto = method == Rubric::SCORING_METHOD_VETO;
    if (leaf && veto != (indicator.centipoints() == 0)) return false;
  }
  return true;
}

}  // namespace

std::vector<const Rubric::Indicator*> LeavesOf(const Rubric& rubric) {
  const std::set<std::string> parents = ParentsOf(rubric);
  std::vector<const Rubric::Indicator*> leaves;
  for (const auto& indicator : rubric.indicators()) {
    if (!parents.contains(indicator.code())) leaves.push_back(&indicator);
  }
  return leaves;
}

bool IsLeaf(const Rubric& rubric, std::string_view code) {
  for (const Rubric::Indicator* leaf : LeavesOf(rubric)) {
    if (leaf->code() == code) return true;
  }
  return false;
}

absl::Status Freeze(Rubric& rubric, const Step& step) {
  RETURN_IF_ERROR(Check(rubric, kFreezeRubric,
                        {{kOrganizerSide, step.organizer_side},
                         {kTreeWhole, TreeWhole(rubric)},
                         {kWeightsSum, WeightsSum(rubric)},
                         {kMethodsGiven, MethodsGiven(rubric)}}));
  rubric.set_freezer(step.actor.name);
  *rubric.mutable_freeze_time() = clock::ToTimestamp(step.business_now);
  rubric.set_state(kFreezeRubric.to);
  return absl::OkStatus();
}

absl::Status CheckDelete(const Rubric& rubric, bool referred_to, const Step& step) {
  return Check(rubric, kDeleteRubric,
               {{kOrganizerSide, step.organizer_side}, {kNothingRefers, !referred_to}});
}

}  // namespace qinglian::review
