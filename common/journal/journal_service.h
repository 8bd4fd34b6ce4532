// Binds what every service's JournalService offers.
#ifndef QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_
#define QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_

#include "common/journal/feed.h"
#include "common/journal/history.h"
#include "common/rpc/service.h"

namespace qinglian::journal {

// Binds WatchChanges and ListHistory of `service`, a `qinglian.<service>.v1.JournalService`. Feed
// and history outlive the server.
void AddJournalMethods(rpc::Service& service, Feed& feed, const History& history);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_
