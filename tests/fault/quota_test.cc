// One client who calls ten times as much as he may takes nothing from another.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/rpc/codec.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "services/ctl/certificate_authority.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

// Low, so that ten times as much is little for the machine.
constexpr int kGreedyQuota = 20;
constexpr int kTimes = 10;
constexpr double kGreedyRate = 1.1 * kTimes * kGreedyQuota;
// What a client may have saved up when it begins.
constexpr double kBurstSeconds = 2;
constexpr int kGoodQuota = 100;
constexpr double kGoodRate = 50;
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
  // Of the refusals, those that do not say when to come again.
  int untold = 0;
  // For how long they were made, and until the last was answered.
  double seconds = 0;
  double until_answered = 0;

  double success() const { return static_cast<double>(good) / made; }
  double rate() const { return made / seconds; }
  int failed() const { return made - good - refused; }
};

std::ostream& operator<<(std::ostream& out, const Calls& calls) {
  return out << calls.made << " calls at " << calls.rate() << "/s, " << calls.good << " good, "
             << calls.refused << " refused, " << calls.failed() << " failed";
}

// Somebody who calls so many times a second, whatever becomes of the calls before.
class OpenCaller {
 public:
  explicit OpenCaller(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {
    organization::v1::GetDivisionRequest request;
    request.set_name("divisions/33");
    EXPECT_TRUE(rpc::Encode(request, request_).ok());
  }

  // Goes on until the phase is over, and answers when all were answered.
  Calls Offer(double calls_per_second) {
    const absl::Time begin = absl::Now();
    for (int made = 0;; ++made) {
      const absl::Time due = begin + absl::Seconds(made / calls_per_second);
      if (due >= begin + kPhase) break;
      absl::SleepFor(due - absl::Now());
      Make();
    }
    absl::SleepFor(begin + kPhase - absl::Now());
    const absl::Time end = absl::Now();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](OpenCaller* self) { return self->open_ == 0; }, this));
    calls_.seconds = absl::ToDoubleSeconds(end - begin);
    calls_.until_answered = absl::ToDoubleSeconds(absl::Now() - begin);
    return std::exchange(calls_, Calls());
  }

 private:
  struct Call {
    std::unique_ptr<grpc::ClientContext> context;
    grpc::ByteBuffer response;
  };

  void Make() {
    const auto call = std::make_shared<Call>();
    rpc::CallOptions options;
    options.timeout = absl::Seconds(10);
    call->context = rpc::MakeContext(options);
    {
      const absl::MutexLock lock(&mutex_);
      ++open_;
      ++calls_.made;
    }
    stub_.UnaryCall(call->context.get(), "/qinglian.organization.v1.DivisionService/GetDivision",
                    {}, &request_, &call->response,
                    [this, call](const grpc::Status& status) { Count(rpc::FromGrpc(status)); });
  }

  void Count(const absl::Status& status) {
    const bool refused = status::Is(status, status::kQuotaExceeded);
    const absl::MutexLock lock(&mutex_);
    --open_;
    calls_.good += status.ok();
    calls_.refused += refused;
    calls_.untold += refused && !HasRetryInfo(status);
  }

  grpc::GenericStub stub_;
  grpc::ByteBuffer request_;
  absl::Mutex mutex_;
  int open_ = 0;
  Calls calls_;
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

  System system_{{"organization"}};
};

TEST_F(QuotaTest, OfOneClientAtTenTimesItTakesNothingFromAnother) {
  OpenCaller good(Register("good", kGoodQuota)), greedy(Register("greedy", kGreedyQuota));
  const Calls alone = good.Offer(kGoodRate);
  Calls greed;
  std::thread beside_him([&] { greed = greedy.Offer(kGreedyRate); });
  const Calls beside = good.Offer(kGoodRate);
  beside_him.join();
  std::cout << "alone: " << alone << "\nbeside: " << beside << "\ngreedy: " << greed << "\n";
  EXPECT_LT(std::abs(alone.success() - beside.success()), 0.01);
  EXPECT_GE(alone.success(), 0.99);
  EXPECT_EQ(alone.refused + beside.refused, 0);
  // He was greedy indeed, was told so, and got what he may and no more.
  EXPECT_GE(greed.rate(), kTimes * kGreedyQuota);
  EXPECT_EQ(greed.untold, 0);
  EXPECT_LT(greed.failed(), 0.01 * greed.made);
  EXPECT_LE(greed.good, kGreedyQuota * (greed.until_answered + kBurstSeconds));
  EXPECT_GE(greed.good, kGreedyQuota * greed.seconds / 2);
}

}  // namespace
}  // namespace qinglian::test
