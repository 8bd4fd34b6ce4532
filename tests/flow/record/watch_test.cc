// Who watches a feed hears of what he may see, and of nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "qinglian/journal/v1/journal.pb.h"
#include "tests/flow/record/registry.h"

namespace qinglian::test {
namespace {

using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;
using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

class RestrictedWatch : public testing::Test {
 protected:
  static void SetUpTestSuite() { registry_ = new RecordedRegistry(); }
  static void TearDownTestSuite() { delete registry_; }

  RestrictedWatch() { registry_->system().Grant(watcher_, "roles/auditor", mine_); }

  // A feed as the watcher hears it. Used by one thread.
  class Heard {
   public:
    Heard(System& system, const std::string& watcher, const WatchChangesRequest& request)
        : stream_(system.channel(), "/qinglian.organization.v1.JournalService/WatchChanges",
                  request, Options(system, watcher)) {}

    // What is heard until `resource` is, which is to come.
    std::set<std::string> Until(const std::string& resource) {
      WatchChangesResponse batch;
      while (resources_.count(resource) == 0 && stream_.Read(&batch)) Take(batch);
      EXPECT_THAT(resources_, Contains(resource)) << stream_.Finish();
      return resources_;
    }
    // The same until the snapshot is complete.
    std::set<std::string> Snapshot() {
      WatchChangesResponse batch;
      while (stream_.Read(&batch)) {
        Take(batch);
        if (batch.snapshot().complete()) return resources_;
      }
      ADD_FAILURE() << stream_.Finish();
      return resources_;
    }
    // Waits until it has begun.
    void Begin() {
      WatchChangesResponse batch;
      ASSERT_TRUE(stream_.Read(&batch));
      Take(batch);
    }
    const std::string& token() const { return token_; }

   private:
    static rpc::CallOptions Options(System& system, const std::string& watcher) {
      rpc::CallOptions options = system.As(watcher);
      options.timeout = absl::Seconds(60);
      return options;
    }
    void Take(const WatchChangesResponse& batch) {
      for (const auto& change : batch.changes()) resources_.insert(change.resource());
      if (!batch.resume_token().empty()) token_ = batch.resume_token();
    }

    rpc::ServerStreamClient<WatchChangesRequest, WatchChangesResponse> stream_;
    std::set<std::string> resources_;
    std::string token_;
  };

  Heard Watch(const WatchChangesRequest& request) {
    return Heard(registry_->system(), watcher_, request);
  }
  static std::string NextNumber() {
    static int number = 0;
    return absl::StrCat("W-", ++number);
  }
  std::string MakePerson(const std::string& organization) {
    return registry_->MakePerson(organization, NextNumber());
  }

  static RecordedRegistry* registry_;
  const std::string mine_ = registry_->MakeOrganization("财政厅");
  const std::string below_ = registry_->MakeOrganization("国库处", mine_);
  const std::string other_ = registry_->MakeOrganization("教育厅");
  const std::string watcher_ = MakePerson(mine_);
};

RecordedRegistry* RestrictedWatch::registry_ = nullptr;

TEST_F(RestrictedWatch, HearsOfItsSubtreeAlone) {
  WatchChangesRequest request;
  request.set_now(true);
  Heard heard = Watch(request);
  heard.Begin();
  const std::string hidden = MakePerson(other_);
  const std::string seen = MakePerson(below_);
  const std::set<std::string> resources = heard.Until(seen);
  EXPECT_THAT(resources, Not(Contains(hidden)));
}

TEST_F(RestrictedWatch, HearsOfTheSameWhenItReadsTheJournalFromItsBeginning) {
  const std::string hidden = MakePerson(other_);
  const std::string seen = MakePerson(below_);
  const std::set<std::string> resources = Watch({}).Until(seen);
  EXPECT_THAT(resources, IsSupersetOf({mine_, below_, watcher_}));
  EXPECT_THAT(resources, Not(Contains(hidden)));
  EXPECT_THAT(resources, Not(Contains(other_)));
}

TEST_F(RestrictedWatch, TakesASnapshotOfItsSubtreeAndFollowsFromThere) {
  const std::string hidden = MakePerson(other_);
  const std::string seen = MakePerson(below_);
  WatchChangesRequest request;
  request.set_snapshot(true);
  Heard heard = Watch(request);
  const std::set<std::string> resources = heard.Snapshot();
  EXPECT_THAT(resources, IsSupersetOf({mine_, below_, watcher_, seen}));
  EXPECT_THAT(resources, Not(Contains(hidden)));
  EXPECT_THAT(resources, Not(Contains(other_)));
  heard.Until(MakePerson(mine_));
}

TEST_F(RestrictedWatch, GoesOnFromItsTokenWithoutAGap) {
  WatchChangesRequest request;
  request.set_now(true);
  std::string token;
  {
    Heard heard = Watch(request);
    heard.Begin();
    heard.Until(MakePerson(mine_));
    token = heard.token();
  }
  const std::string hidden = MakePerson(other_);
  const std::string missed = MakePerson(below_);
  request.set_resume_token(token);
  EXPECT_THAT(Watch(request).Until(missed), Not(Contains(hidden)));
}

TEST_F(RestrictedWatch, HearsNoMoreOfWhatLeftItsSubtree) {
  const std::string leaving = MakePerson(below_);
  organization::v1::GetOrganizationRequest get;
  get.set_name(below_);
  organization::v1::MoveOrganizationRequest move;
  move.set_name(below_);
  move.set_etag(
      registry_->Call<organization::v1::Organization>("OrganizationService/GetOrganization", get)
          ->etag());
  move.set_parent(other_);
  move.set_reason("机构改革");
  move.set_request_id(NewRequestId());
  const auto moved =
      registry_->Call<organization::v1::Organization>("OrganizationService/MoveOrganization", move);
  ASSERT_TRUE(moved.ok()) << moved.status();
  const std::string staying = MakePerson(mine_);
  const std::set<std::string> resources = Watch({}).Until(staying);
  EXPECT_THAT(resources, Not(Contains(leaving)));
  EXPECT_THAT(resources, Not(Contains(below_)));
}

TEST_F(RestrictedWatch, IsOnRecordWithWhatItMayHear) {
  Watch({}).Until(MakePerson(mine_));
  EXPECT_NE(
      registry_->system()
          .database("organization")
          .Value(absl::StrCat(
              "SELECT COUNT(*) FROM journal WHERE operation='OPERATION_READ' AND actor='", watcher_,
              "' AND kind='qinglian.organization.v1.Person' AND method LIKE '%Watch%'")),
      "0");
}

}  // namespace
}  // namespace qinglian::test
