// What lists and feeds hold for whoever may ask for them: all that he may see, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "common/access/role.h"
#include "google/protobuf/message.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "services/ctl/contract.h"
#include "tests/flow/door/rules.h"
#include "tests/support/spread.h"

namespace qinglian::test {
namespace {

using access::v1::Role;
using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using journal::v1::Change;
using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;
using testing::IsEmpty;

using Messages = std::vector<std::unique_ptr<Message>>;

// Who sees everything, whoever may be named in it.
rpc::CallOptions TheHouseItself() { return CallAs("services/test"); }

// The changes of a feed until `done`, which is asked after each batch.
std::vector<Change> Watch(const House& house, const std::string& service,
                          const WatchChangesRequest& request, rpc::CallOptions options,
                          const std::function<bool(const WatchChangesResponse&)>& done) {
  options.timeout = absl::Seconds(60);
  rpc::ServerStreamClient<WatchChangesRequest, WatchChangesResponse> stream(
      house.channel(service),
      absl::StrCat("/qinglian.", service, ".v1.JournalService/WatchChanges"), request, options);
  std::vector<Change> changes;
  WatchChangesResponse batch;
  while (stream.Read(&batch)) {
    changes.insert(changes.end(), batch.changes().begin(), batch.changes().end());
    if (done(batch)) return changes;
  }
  ADD_FAILURE() << service << ": " << stream.Finish();
  return changes;
}

std::vector<Change> Snapshot(const House& house, const std::string& service,
                             const rpc::CallOptions& options) {
  WatchChangesRequest request;
  request.set_snapshot(true);
  return Watch(house, service, request, options,
               [](const WatchChangesResponse& batch) { return batch.snapshot().complete(); });
}

// From the first change there is to a position.
std::vector<Change> Journal(const House& house, const std::string& service, uint64_t through,
                            const rpc::CallOptions& options) {
  return Watch(house, service, {}, options,
               [through](const WatchChangesResponse& batch) { return batch.through() >= through; });
}

// What became of the resource of a change.
std::unique_ptr<Message> ImageOf(const Change& change) {
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(change.kind());
  auto image = ctl::NewMessage(*type);
  EXPECT_TRUE(change.after().UnpackTo(image.get())) << change.kind();
  return image;
}

class Contents : public testing::Test {
 protected:
  Contents() {
    house_.ReadTree();
    for (const std::string& service : System::AllServices()) {
      for (const Change& change : Snapshot(house_, service, TheHouseItself()))
        all_.push_back(ImageOf(change));
    }
    visibility_ = std::make_unique<Visibility>(house_, all_);
  }

  const std::string& GrantedAt(Relation relation) const {
    return house_.GrantedAt(house_.organ(), relation);
  }
  std::set<std::string> Shown(const Messages& resources, const Role& role,
                              const std::string& granted_at) const {
    std::set<std::string> shown;
    for (const auto& resource : resources) {
      if (visibility_->Shows(role, granted_at, *resource)) shown.insert(TextOf(*resource, "name"));
    }
    return shown;
  }
  void Count(size_t of, size_t shown) {
    shown_ += static_cast<int>(shown);
    hidden_ += static_cast<int>(of - shown);
  }

  // The position of the last change of a service. What was read and refused since is in no feed, so
  // that who has heard this one waits for nothing.
  uint64_t LastChange(const std::string& service) const {
    uint64_t position = 0;
    EXPECT_TRUE(absl::SimpleAtoi(
        house_.system().database(service).Value(
            "SELECT MAX(p.position) FROM journal_position p JOIN journal j ON j.id=p.journal_id "
            "WHERE j.operation NOT IN ('OPERATION_READ', 'OPERATION_REFUSED')"),
        &position));
    return position;
  }

  void CheckList(const MethodDescriptor& method, const Message& request, const Messages& whole,
                 const Role& role, Relation relation);
  // A feed's snapshot, and its changes from the beginning.
  void CheckSnapshot(const std::string& service, const Role& role, Relation relation);
  void CheckJournal(const std::string& service, const std::vector<Change>& whole, uint64_t through,
                    const Role& role, Relation relation);

  House& house_ = TheHouse();
  // Every resource of every service as it is, deleted ones among them.
  Messages all_;
  std::unique_ptr<Visibility> visibility_;
  std::atomic<int> shown_{0}, hidden_{0};
};

// Methods that list resources, each with a question that all of them answer to.
std::vector<std::pair<const MethodDescriptor*, std::unique_ptr<Message>>> Lists() {
  std::vector<std::pair<const MethodDescriptor*, std::unique_ptr<Message>>> lists;
  for (const MethodDescriptor* method : AllMethods()) {
    const bool pages = method->output_type()->FindFieldByName("next_page_token") != nullptr;
    if (!pages || TypeOf(ctl::ItemsOf(*method->output_type())->message_type()).empty()) continue;
    lists.emplace_back(method, ctl::NewMessage(*method->input_type()));
    ctl::SetField(*lists.back().second, "query", "单位");
  }
  return lists;
}

void Contents::CheckList(const MethodDescriptor& method, const Message& request,
                         const Messages& whole, const Role& role, Relation relation) {
  const std::string& granted_at = GrantedAt(relation);
  std::vector<std::string> names;
  for (const auto& resource : house_.ListAll(method, request, house_.As(role.name(), granted_at))) {
    names.push_back(TextOf(*resource, "name"));
    EXPECT_THAT(ShownTooMuch(role, *resource), IsEmpty()) << method.full_name() << role.name();
  }
  const std::set<std::string> expected = Shown(whole, role, granted_at);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected)
      << method.full_name() << " by " << role.name() << " " << relation;
  // None of them twice.
  EXPECT_EQ(names.size(), expected.size()) << method.full_name() << " by " << role.name();
  Count(whole.size(), names.size());
}

TEST_F(Contents, OfListsAreWhatTheirReaderMaySeeAndNothingElse) {
  const auto lists = Lists();
  Spread(lists.size(), [&](size_t i) {
    const MethodDescriptor& method = *lists[i].first;
    const Messages whole = house_.ListAll(method, *lists[i].second, TheHouseItself());
    EXPECT_FALSE(whole.empty()) << method.full_name();
    for (const Role& role : access::StandardRoles().roles()) {
      if (!Holds(role, *access::RuleOf(method))) continue;
      for (const Relation relation : AllRelations())
        CheckList(method, *lists[i].second, whole, role, relation);
    }
  });
  EXPECT_GT(lists.size(), 20u);
  EXPECT_GT(shown_, 1'000);
  EXPECT_GT(hidden_, 1'000);
}

void Contents::CheckSnapshot(const std::string& service, const Role& role, Relation relation) {
  const std::string& granted_at = GrantedAt(relation);
  std::vector<std::string> names;
  for (const Change& change : Snapshot(house_, service, house_.As(role.name(), granted_at))) {
    names.push_back(change.resource());
    EXPECT_THAT(ShownTooMuch(role, *ImageOf(change)), IsEmpty()) << service << role.name();
  }
  std::set<std::string> expected;
  for (const auto& resource : all_) {
    if (ServiceOfPackage(resource->GetDescriptor()->file()->package()) == service &&
        visibility_->Shows(role, granted_at, *resource))
      expected.insert(TextOf(*resource, "name"));
  }
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected)
      << service << " by " << role.name() << " " << relation;
  EXPECT_EQ(names.size(), expected.size()) << service << " by " << role.name();
  Count(all_.size(), names.size());
}

// The roles that may follow the changes of a service.
std::vector<const Role*> WatchersOf(const std::string& service) {
  const auto* method =
      *ctl::FindMethod(absl::StrCat("qinglian.", service, ".v1.JournalService.WatchChanges"));
  std::vector<const Role*> watchers;
  for (const Role& role : access::StandardRoles().roles()) {
    if (Holds(role, *access::RuleOf(*method))) watchers.push_back(&role);
  }
  return watchers;
}

TEST_F(Contents, OfSnapshotsAreWhatTheirWatcherMaySeeAndNothingElse) {
  const std::vector<std::string> services = System::AllServices();
  Spread(services.size(), [&](size_t i) {
    for (const Role* role : WatchersOf(services[i])) {
      for (const Relation relation : AllRelations()) CheckSnapshot(services[i], *role, relation);
    }
  });
  EXPECT_GT(shown_, 1'000);
  EXPECT_GT(hidden_, 1'000);
}

// "organizations/… 3", a change of a resource.
std::string StepOf(const Change& change) {
  return absl::StrCat(change.resource(), " ", change.version());
}

void Contents::CheckJournal(const std::string& service, const std::vector<Change>& whole,
                            uint64_t through, const Role& role, Relation relation) {
  const std::string& granted_at = GrantedAt(relation);
  const std::set<std::string> shown = Shown(all_, role, granted_at);
  std::vector<std::string> expected, heard;
  for (const Change& change : whole) {
    if (shown.count(change.resource()) > 0) expected.push_back(StepOf(change));
  }
  for (const Change& change :
       Journal(house_, service, through, house_.As(role.name(), granted_at))) {
    if (change.position() > through) continue;
    heard.push_back(StepOf(change));
    EXPECT_THAT(ShownTooMuch(role, *ImageOf(change)), IsEmpty()) << service << role.name();
  }
  // In the order in which they came about, too.
  EXPECT_EQ(heard, expected) << service << " by " << role.name() << " " << relation;
  Count(whole.size(), heard.size());
}

TEST_F(Contents, OfFeedsAreTheChangesOfWhatTheirWatcherMaySeeAndNothingElse) {
  struct Watching {
    std::string service;
    uint64_t through;
    std::shared_ptr<const std::vector<Change>> whole;
    const Role* role;
    Relation relation;
  };
  std::vector<Watching> watchings;
  for (const std::string& service : System::AllServices()) {
    const uint64_t through = LastChange(service);
    const auto whole = std::make_shared<const std::vector<Change>>(
        Journal(house_, service, through, TheHouseItself()));
    for (const Role* role : WatchersOf(service)) {
      for (const Relation relation : AllRelations())
        watchings.push_back({service, through, whole, role, relation});
    }
  }
  // All at once: that nothing more comes is known from the next heartbeat.
  const auto watch = [&](size_t i) {
    const Watching& one = watchings[i];
    CheckJournal(one.service, *one.whole, one.through, *one.role, one.relation);
  };
  Spread(watchings.size(), watch, watchings.size());
  EXPECT_GT(shown_, 1'000);
  EXPECT_GT(hidden_, 1'000);
}

}  // namespace
}  // namespace qinglian::test
