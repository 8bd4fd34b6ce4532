// Binds what every service's JournalService offers.
#ifndef QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_
#define QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_

#include "common/journal/feed.h"
#include "common/journal/history.h"
#include "common/journal/search.h"
#include "common/journal/write.h"
#include "common/rpc/service.h"

namespace qinglian::journal {

// Binds the methods of `service`, a `qinglian.<service>.v1.JournalService`. What they answer from
// outlives the server.
void AddJournalMethods(rpc::Service& service, Journal& journal, Feed& feed, const History& history,
                       const Search& search);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_JOURNAL_SERVICE_H_
