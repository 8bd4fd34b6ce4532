// Many clients who all want the same row.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/fault/house.h"

namespace qinglian::test {
namespace {

using organization::v1::GetOrganizationRequest;
using organization::v1::Organization;
using organization::v1::UpdateOrganizationRequest;

constexpr char kService[] = "/qinglian.organization.v1.OrganizationService/";

// What its clients were told.
struct Told {
  std::atomic<int> raised{0};
  std::atomic<int> stale{0};
  std::mutex mutex;
  std::map<std::string, int> others;
};

// Reads the row and raises its count, if nobody was faster, again and again.
void Client(House& house, absl::Time until, Told& told) {
  rpc::CallOptions options = house.system().As(kAdministrator);
  options.timeout = absl::Seconds(20);
  while (absl::Now() < until) {
    GetOrganizationRequest get;
    get.set_name(house.organization());
    auto row = rpc::Invoke<GetOrganizationRequest, Organization>(
        *house.system().channel(), absl::StrCat(kService, "GetOrganization"), get, options);
    int count = 0;
    absl::Status status = row.status();
    if (row.ok()) {
      if (!row->contact().empty() && !absl::SimpleAtoi(row->contact(), &count)) std::abort();
      UpdateOrganizationRequest raise;
      raise.mutable_organization()->set_name(row->name());
      raise.mutable_organization()->set_contact(absl::StrCat(count + 1));
      raise.mutable_update_mask()->add_paths("contact");
      raise.set_etag(row->etag());
      status = rpc::Invoke<UpdateOrganizationRequest, Organization>(
                   *house.system().channel(), absl::StrCat(kService, "UpdateOrganization"), raise,
                   options)
                   .status();
    }
    if (status.ok()) {
      ++told.raised;
    } else if (absl::IsAborted(status)) {
      ++told.stale;
    } else {
      const std::lock_guard lock(told.mutex);
      ++told.others[status.ToString()];
    }
  }
}

TEST(Contention, SixtyFourClientsOnOneRowLoseNoUpdate) {
  House house;
  Told told;
  const absl::Time until = absl::Now() + absl::Seconds(10);
  std::vector<std::thread> clients;
  for (int i = 0; i < 64; ++i) clients.emplace_back([&] { Client(house, until, told); });
  for (std::thread& client : clients) client.join();
  const TestDatabase& database = house.system().database("organization");
  const std::string row =
      absl::StrCat("FROM organizations WHERE id = UNHEX(REPLACE('",
                   house.organization().substr(house.organization().find('/') + 1), "', '-', ''))");
  EXPECT_EQ(database.Value("SELECT contact " + row), absl::StrCat(told.raised.load()));
  EXPECT_EQ(database.Value("SELECT version " + row), absl::StrCat(told.raised + 1));
  EXPECT_GT(told.raised, 0);
  EXPECT_GT(told.stale, 0) << "nobody met anybody";
  for (const auto& [what, times] : told.others) ADD_FAILURE() << times << " times: " << what;
}

}  // namespace
}  // namespace qinglian::test
