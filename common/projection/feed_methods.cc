#include "common/projection/feed_methods.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/journal/v1/feed.pb.h"

namespace qinglian::projection {
namespace {

using journal::RequestIdRule;
using journal::v1::FeedStatus;
using journal::v1::ListFeedsRequest;
using journal::v1::ListFeedsResponse;
using journal::v1::ListQuarantinedChangesRequest;
using journal::v1::ListQuarantinedChangesResponse;
using journal::v1::QuarantinedChange;
using journal::v1::RebuildProjectionRequest;
using journal::v1::RetryQuarantinedChangesRequest;
using journal::v1::RetryQuarantinedChangesResponse;
using journal::v1::SkipQuarantinedChangeRequest;

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;

absl::StatusOr<Follower*> Find(const Followers& followers, const std::string& feed) {
  for (const auto& follower : followers) {
    if (follower->feed() == feed) return follower.get();
  }
  return status::NotFound("qinglian/Feed", feed);
}

absl::StatusOr<ListFeedsResponse> ListFeeds(const Followers& followers, rpc::Call& call) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  ListFeedsResponse response;
  for (const auto& follower : followers) {
    ASSIGN_OR_RETURN(*response.add_feeds(), follower->Status(*connection));
  }
  return response;
}

absl::StatusOr<ListQuarantinedChangesResponse> ListQuarantined(
    const paging::TokenCodec& tokens, rpc::Call& call,
    const ListQuarantinedChangesRequest& request) {
  QuarantineQuestion question;
  question.feed = request.feed();
  question.resource = request.resource();
  if (request.state() != QuarantinedChange::STATE_UNSPECIFIED) question.state = request.state();
  const int size =
      request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kLargestPage);
  question.limit = size + 1;
  const std::string bound_to = absl::StrCat("quarantine\n", question.feed, "\n", question.resource,
                                            "\n", static_cast<int>(question.state));
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const paging::Position position,
                     tokens.Decode(bound_to, request.page_token()));
    // The key is feed and version.
    const size_t space = position.key.find(' ');
    if (space == std::string::npos ||
        !absl::SimpleAtoi(position.key.substr(space + 1), &question.after_version)) {
      return status::Error(status::kPageTokenInvalid);
    }
    question.after_feed = position.key.substr(0, space);
    question.after_resource = position.id;
  }
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  ASSIGN_OR_RETURN(std::vector<QuarantinedChange> changes, ListQuarantine(*connection, question));
  ListQuarantinedChangesResponse response;
  const bool more = changes.size() > static_cast<size_t>(size);
  if (more) changes.pop_back();
  if (more) {
    const QuarantinedChange& last = changes.back();
    response.set_next_page_token(tokens.Encode(
        bound_to, {.key = absl::StrCat(last.feed(), " ", last.version()), .id = last.resource()}));
  }
  for (QuarantinedChange& change : changes) *response.add_changes() = std::move(change);
  return response;
}

absl::StatusOr<QuarantinedChange> Skip(journal::Journal& journal, const Followers& followers,
                                       rpc::Call& call,
                                       const SkipQuarantinedChangeRequest& request) {
  ASSIGN_OR_RETURN(Follower * follower, Find(followers, request.feed()));
  absl::StatusOr<QuarantinedChange> skipped = journal::Write<QuarantinedChange>(
      journal, call, request, RequestIdRule::kRequired, [&](journal::Transaction& tx) {
        return follower->Skip(tx, request.resource(), request.version(), request.reason());
      });
  // What waited behind it. Where that fails in its turn it waits on, and says why.
  if (skipped.ok()) {
    follower->Retry(call.database(), request.resource(), call.caller().actor, call.deadline())
        .status()
        .IgnoreError();
  }
  return skipped;
}

absl::StatusOr<FeedStatus> Rebuild(journal::Journal& journal, const Followers& followers,
                                   rpc::Call& call, const RebuildProjectionRequest& request) {
  ASSIGN_OR_RETURN(Follower * follower, Find(followers, request.feed()));
  absl::StatusOr<FeedStatus> status =
      journal::Write<FeedStatus>(journal, call, request, RequestIdRule::kRequired,
                                 [&](journal::Transaction& tx) -> absl::StatusOr<FeedStatus> {
                                   RETURN_IF_ERROR(follower->Forget(tx.connection()));
                                   return follower->Status(tx.connection());
                                 });
  if (status.ok()) follower->Reconnect();
  return status;
}

}  // namespace

void AddFeedMethods(rpc::Service& service, journal::Journal& journal,
                    const paging::TokenCodec& tokens, const Followers& followers) {
  service.Unary<ListFeedsRequest, ListFeedsResponse>(
      "ListFeeds",
      [&](rpc::Call& call, const ListFeedsRequest&) { return ListFeeds(followers, call); });
  service.Unary<ListQuarantinedChangesRequest, ListQuarantinedChangesResponse>(
      "ListQuarantinedChanges", [&](rpc::Call& call, const ListQuarantinedChangesRequest& request) {
        return ListQuarantined(tokens, call, request);
      });
  service.Unary<RetryQuarantinedChangesRequest, RetryQuarantinedChangesResponse>(
      "RetryQuarantinedChanges",
      [&](rpc::Call& call, const RetryQuarantinedChangesRequest& request)
          -> absl::StatusOr<RetryQuarantinedChangesResponse> {
        ASSIGN_OR_RETURN(Follower * follower, Find(followers, request.feed()));
        return follower->Retry(call.database(), request.resource(), call.caller().actor,
                               call.deadline());
      });
  service.Unary<SkipQuarantinedChangeRequest, QuarantinedChange>(
      "SkipQuarantinedChange", [&](rpc::Call& call, const SkipQuarantinedChangeRequest& request) {
        return Skip(journal, followers, call, request);
      });
  service.Unary<RebuildProjectionRequest, FeedStatus>(
      "RebuildProjection", [&](rpc::Call& call, const RebuildProjectionRequest& request) {
        return Rebuild(journal, followers, call, request);
      });
}

}  // namespace qinglian::projection
