// Tokens of a provider that others wrote, through the edge and the gateway to a service.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/status/status.h"
#include "tests/contract/oidc/provider.h"
#include "tests/flow/record/registry.h"

namespace qinglian::test {
namespace {

// Who the provider knows, and the staff numbers of persons here.
constexpr const char* kPersons[] = {"rs256", "es256"};

class ProvidersDoor : public testing::Test {
 protected:
  ProvidersDoor() {
    rpc::ChannelOptions options{.own_connections = true};
    std::ifstream authority(registry_.system().folder() + "/ca/ca.pem");
    options.ca_certificates.assign(std::istreambuf_iterator<char>(authority), {});
    // Without a certificate of one's own.
    door_ = rpc::Connect(registry_.system().address("edge"), options);
    const std::string organization = registry_.MakeOrganization("财政厅");
    for (const char* person : kPersons) {
      names_.push_back(registry_.MakePerson(organization, person));
      registry_.system().Grant(names_.back(), "roles/organ", organization);
    }
  }

  absl::StatusOr<organization::v1::Person> Read(const std::string& token, const std::string& name) {
    organization::v1::GetPersonRequest request;
    request.set_name(name);
    rpc::CallOptions options;
    options.timeout = absl::Seconds(30);
    options.retries = 10;
    options.metadata.emplace_back("authorization", "Bearer " + token);
    return rpc::Invoke<organization::v1::GetPersonRequest, organization::v1::Person>(
        *door_, "/qinglian.organization.v1.PersonService/GetPerson", request, options);
  }

  bool ReadsSoon(const std::string& token, const std::string& name) {
    const absl::Time until = absl::Now() + absl::Seconds(60);
    while (absl::Now() < until) {
      if (Read(token, name).ok()) return true;
      absl::SleepFor(absl::Milliseconds(50));
    }
    return false;
  }

  gateway::oidc::Provider provider_;
  RecordedRegistry registry_{"info", {}, provider_.issuer()};
  std::shared_ptr<grpc::Channel> door_;
  std::vector<std::string> names_;
};

TEST_F(ProvidersDoor, ItsTokensOpenItAndWhatIsNotQuiteOneOfThemDoesNot) {
  for (int i = 0; i < 2; ++i) {
    const std::string token = provider_.TokenOf(kPersons[i]);
    ASSERT_TRUE(ReadsSoon(token, names_[i])) << kPersons[i];
    const auto read = Read(token, names_[i]);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->staff_number(), kPersons[i]);
    for (size_t at = 5; at < token.size(); at += token.size() / 20) {
      std::string mutated = token;
      mutated[at] = mutated[at] == 'A' ? 'B' : 'A';
      const absl::Status refused = Read(mutated, names_[i]).status();
      EXPECT_TRUE(status::Is(refused, status::kTokenRefused)) << at << " " << refused;
      EXPECT_TRUE(absl::IsUnauthenticated(refused)) << at << " " << refused;
    }
  }
}

TEST_F(ProvidersDoor, ItsKeysChangeWhileCallsAreServed) {
  const std::string before = provider_.TokenOf("rs256");
  ASSERT_TRUE(ReadsSoon(before, names_[0]));
  std::atomic<bool> over{false};
  std::atomic<int> calls{0};
  std::thread caller([&] {
    for (; !over; ++calls) {
      const absl::Status status = Read(before, names_[0]).status();
      EXPECT_TRUE(status.ok()) << status;
    }
  });
  provider_.Rotate();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(ReadsSoon(provider_.TokenOf(kPersons[i]), names_[i]));
  over = true;
  caller.join();
  EXPECT_GT(calls, 10);
  // The old key goes; a key that nobody has seen makes the gateway look.
  provider_.Forget();
  provider_.Rotate();
  EXPECT_TRUE(ReadsSoon(provider_.TokenOf("es256"), names_[1]));
  EXPECT_TRUE(absl::IsUnauthenticated(Read(before, names_[0]).status()));
}

}  // namespace
}  // namespace qinglian::test
