// What is shed first where there is more to do than can be done.
#ifndef QINGLIAN_COMMON_RPC_PATIENCE_H_
#define QINGLIAN_COMMON_RPC_PATIENCE_H_

#include "qinglian/access/v1/access.pb.h"

namespace qinglian::rpc {

// How long a call or stream of that class may wait for a thread, as a share of what any may. Lists
// go first and reads next, so that what changes something still gets through: it has a person
// waiting who would have to do it again. What comes in by intake may not come a second time. Health
// waits for no thread, and so is told under any load.
double PatienceOf(access::v1::LoadClass load_class);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_PATIENCE_H_
