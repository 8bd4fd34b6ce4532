// Who takes the step of a write.
#ifndef QINGLIAN_COMMON_JOURNAL_ACTOR_H_
#define QINGLIAN_COMMON_JOURNAL_ACTOR_H_

#include "common/journal/transaction.h"
#include "common/lifecycle/actor.h"

namespace qinglian::journal {

inline lifecycle::Actor ActorOf(const Transaction& tx) {
  return {.name = tx.facts().actor, .acting_for = tx.facts().acting_for};
}

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_ACTOR_H_
