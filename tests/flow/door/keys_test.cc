// The keys by which gateway and services know each other change while everybody works.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/status/status.h"
#include "qinglian/supervision/v1/inspection_service.pb.h"
#include "tests/flow/record/registry.h"
#include "tests/support/identity.h"

namespace qinglian::test {
namespace {

constexpr char kNewKey[] = "2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e";
// Every process looks at its file within a second of work.
constexpr absl::Duration kStep = absl::Seconds(3);

class IdentityKeyRotation : public testing::Test {
 protected:
  // As an operator does: whole, in one move.
  void Install(const std::vector<std::string>& keys) {
    const std::string file = registry_.system().folder() + "/identity_key";
    {
      std::ofstream next(file + ".new");
      for (const std::string& key : keys) next << key << "\n";
    }
    chmod((file + ".new").c_str(), 0600);
    std::filesystem::rename(file + ".new", file);
    absl::SleepFor(kStep);
  }

  absl::Status Read() {
    organization::v1::GetPersonRequest request;
    request.set_name(person_);
    return registry_.Call<organization::v1::Person>("PersonService/GetPerson", request, person_)
        .status();
  }
  absl::Status ReadElsewhere() {
    const supervision::v1::ListInspectionsRequest request;
    rpc::CallOptions options = registry_.system().As(person_);
    options.timeout = absl::Seconds(30);
    options.retries = 10;
    supervision::v1::ListInspectionsResponse response;
    return rpc::InvokeRaw(*registry_.system().channel(),
                          "/qinglian.supervision.v1.InspectionService/ListInspections", request,
                          response, options);
  }
  absl::Status Write(const std::string& staff_number) {
    return registry_
        .Call<organization::v1::Person>("PersonService/CreatePerson",
                                        RecordedRegistry::WantedPerson(organization_, staff_number),
                                        kAdministrator)
        .status();
  }

  RecordedRegistry registry_{"info", {"supervision"}};
  const std::string organization_ = registry_.MakeOrganization("财政厅");
  const std::string person_ = registry_.MakePerson(organization_, "K-1");
};

TEST_F(IdentityKeyRotation, NoCallFailsWhileAKeyTakesTheOthersPlace) {
  registry_.system().Grant(person_, "roles/organ", organization_);
  std::atomic<bool> over{false};
  std::atomic<int> calls{0};
  const auto work = [&](const std::function<absl::Status(int)>& call) {
    return std::thread([&, call] {
      for (int i = 0; !over; ++i, ++calls) {
        absl::Status status = call(i);
        // A machine that has too much to do says so, whatever the keys are.
        while (status::Is(status, status::kOverloaded)) status = call(i);
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  };
  std::vector<std::thread> callers;
  callers.push_back(work([&](int) { return Read(); }));
  callers.push_back(work([&](int) { return ReadElsewhere(); }));
  callers.push_back(work([&](int i) { return Write(absl::StrCat("W-", i)); }));
  Install({kIdentityKey, kNewKey});
  Install({kNewKey, kIdentityKey});
  Install({kNewKey});
  const int before = calls;
  absl::SleepFor(kStep);
  over = true;
  for (std::thread& caller : callers) caller.join();
  std::cout << calls << " calls\n";
  EXPECT_GT(calls - before, 20);
  // What is made with the old key is worth nothing any more.
  organization::v1::GetPersonRequest request;
  request.set_name(person_);
  const auto refused = rpc::Invoke<organization::v1::GetPersonRequest, organization::v1::Person>(
      *rpc::Connect(registry_.system().address("organization")),
      "/qinglian.organization.v1.PersonService/GetPerson", request, CallAs("services/test"));
  EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
}

}  // namespace
}  // namespace qinglian::test
