// One client who calls ten times as much as he may takes nothing from another.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "services/ctl/certificate_authority.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

constexpr int kQuota = 60;
constexpr int kTimes = 10;
constexpr absl::Duration kPhase = absl::Seconds(5);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool HasRetryInfo(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::RetryInfo info;
    if (detail.UnpackTo(&info))
      return info.retry_delay().seconds() + info.retry_delay().nanos() > 0;
  }
  return false;
}

// What became of somebody's calls.
struct Calls {
  int made = 0;
  int good = 0;
  int refused = 0;
  // Refusals that do not say when to come again, and whatever else went wrong.
  int wrong = 0;

  double success() const { return static_cast<double>(good) / made; }
};

class QuotaTest : public testing::Test {
 protected:
  QuotaTest() {
    organization::v1::ImportDivisionsRequest request;
    organization::v1::Division& province = *request.add_divisions();
    province.set_name("divisions/33");
    province.set_display_name("浙江省");
    province.set_level(organization::v1::Division::LEVEL_PROVINCE);
    province.set_vintage(2023);
    request.set_request_id(id::Uuid::NewV4().ToString());
    Call<organization::v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request);
  }

  template <class Response, class Request>
  void Call(const std::string& method, const Request& request) {
    const auto response = rpc::Invoke<Request, Response>(
        *system_.channel(), absl::StrCat("/qinglian.organization.v1.", method), request,
        system_.As(kAdministrator));
    ASSERT_TRUE(response.ok()) << response.status();
  }

  // Registers a client who may look divisions up; answers his own way in.
  std::shared_ptr<grpc::Channel> Register(const std::string& code, int calls_per_second) {
    organization::v1::CreateClientRequest request;
    request.mutable_client()->set_name("clients/" + code);
    request.mutable_client()->set_display_name("对接平台");
    request.mutable_client()->set_calls_per_second(calls_per_second);
    request.set_request_id(id::Uuid::NewV4().ToString());
    Call<organization::v1::Client>("ClientService/CreateClient", request);
    system_.Grant("clients/" + code, "roles/dashboard");
    const auto authority = ctl::CertificateAuthority::Open(system_.folder() + "/ca");
    EXPECT_TRUE(authority.ok()) << authority.status();
    const auto issued = authority->IssueClient(code, system_.folder(), absl::Hours(1));
    EXPECT_TRUE(issued.ok()) << issued.status();
    return rpc::Connect(system_.address("edge"),
                        {.ca_certificates = ReadFile(system_.folder() + "/ca/ca.pem"),
                         .certificate = ReadFile(issued->certificate_file),
                         .key = ReadFile(issued->key_file),
                         .own_connections = true});
  }

  // Calls so many times a second until the phase is over.
  static Calls Work(grpc::Channel& channel, int calls_per_second) {
    organization::v1::GetDivisionRequest request;
    request.set_name("divisions/33");
    organization::v1::Division division;
    rpc::CallOptions options;
    options.timeout = absl::Seconds(10);
    Calls calls;
    const absl::Time begin = absl::Now();
    while (absl::Now() < begin + kPhase) {
      const absl::Status status =
          rpc::InvokeRaw(channel, "/qinglian.organization.v1.DivisionService/GetDivision", request,
                         division, options);
      const bool refused = status::Is(status, status::kQuotaExceeded);
      ++calls.made;
      calls.good += status.ok();
      calls.refused += refused;
      calls.wrong += !status.ok() && !(refused && HasRetryInfo(status));
      absl::SleepFor(begin + absl::Seconds(1) * calls.made / calls_per_second - absl::Now());
    }
    return calls;
  }

  System system_{{"organization"}};
};

TEST_F(QuotaTest, OfOneClientAtTenTimesItTakesNothingFromAnother) {
  const auto good = Register("good", 0), greedy = Register("greedy", kQuota);
  const Calls alone = Work(*good, kQuota);
  // As many callers at a time as it takes to call so often.
  constexpr int kCallers = 6;
  std::vector<Calls> greeds(kCallers);
  std::vector<std::thread> threads;
  for (Calls& calls : greeds) {
    threads.emplace_back([&calls, &greedy] { calls = Work(*greedy, kQuota * kTimes / kCallers); });
  }
  const Calls beside = Work(*good, kQuota);
  for (std::thread& thread : threads) thread.join();
  Calls greed;
  for (const Calls& calls : greeds) {
    greed.made += calls.made;
    greed.good += calls.good;
    greed.refused += calls.refused;
    greed.wrong += calls.wrong;
  }
  EXPECT_EQ(alone.wrong + alone.refused, 0);
  EXPECT_EQ(beside.wrong + beside.refused, 0);
  EXPECT_LT(std::abs(alone.success() - beside.success()), 0.01);
  EXPECT_EQ(greed.wrong, 0);
  // He was greedy indeed, and got what he may: a burst of two seconds' worth beside the rate.
  EXPECT_GT(greed.made, 3 * kQuota * absl::ToInt64Seconds(kPhase));
  EXPECT_GT(greed.refused, greed.made / 2);
  EXPECT_LE(greed.good, kQuota * (absl::ToInt64Seconds(kPhase) + 4));
}

}  // namespace
}  // namespace qinglian::test
