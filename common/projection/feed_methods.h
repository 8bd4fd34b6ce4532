// The methods of FeedService, which each service that follows others offers under its own package.
#ifndef QINGLIAN_COMMON_PROJECTION_FEED_METHODS_H_
#define QINGLIAN_COMMON_PROJECTION_FEED_METHODS_H_

#include <functional>
#include <memory>
#include <vector>

#include "common/journal/write.h"
#include "common/paging/page_token.h"
#include "common/projection/follower.h"
#include "common/rpc/service.h"

namespace qinglian::projection {

// The followers of a process.
using Followers = std::vector<std::unique_ptr<Follower>>;

// Binds the methods of `qinglian.<service>.v1.FeedService`. Everything given outlives the service.
void AddFeedMethods(rpc::Service& service, journal::Journal& journal,
                    const paging::TokenCodec& tokens, const Followers& followers);

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_FEED_METHODS_H_
