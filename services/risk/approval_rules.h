// The guards of every approval.
#ifndef QINGLIAN_SERVICES_RISK_APPROVAL_RULES_H_
#define QINGLIAN_SERVICES_RISK_APPROVAL_RULES_H_

#include <algorithm>

#include "common/lifecycle/actor.h"
#include "common/status/status.h"
#include "google/protobuf/util/message_differencer.h"

namespace qinglian::risk {

inline constexpr status::Guard kFourEyes{
    "FOUR_EYES", "who decides has neither drafted, edited, assessed nor submitted it",
    "审批人不得是起草人、修改人、评估人或提交人"};
inline constexpr status::Guard kRankSuffices{
    "RANK_SUFFICES",
    "the caller holds a post of the rank that the grade demands in the organization of the risk "
    "point",
    "操作人须在风险点所属单位担任与风险等级相应层级的职务"};

// Who decides, and whether he may.
struct Decider {
  lifecycle::Actor actor;
  // Whether he, or whom he acts for, holds today the rank that the grade in question demands in the
  // organization of the risk point.
  bool rank_suffices = false;
};

// Adds the actor to the editors of a draft, once, where he has changed anything.
template <class Draft>
void NoteEditor(const Draft& before, const lifecycle::Actor& actor, Draft& after) {
  if (google::protobuf::util::MessageDifferencer::Equals(before, after)) return;
  const auto& editors = after.editors();
  if (std::find(editors.begin(), editors.end(), actor.name) == editors.end()) {
    after.add_editors(actor.name);
  }
  actor.NoteIn(after);
}

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_APPROVAL_RULES_H_
