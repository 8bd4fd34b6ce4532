// A service that waits for its database turns callers away by what they want, and before it has
// done anything for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "migrations/organization_migrations.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/server.h"
#include "tests/support/mysql_proxy.h"
#include "tests/support/served.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kPackage[] = "/qinglian.organization.v1.";
// After a tenth of which lists are shed, after four reads, after eight transitions.
constexpr absl::Duration kMaxWait = absl::Seconds(5);
// The database keeps the only worker for longer than any call may wait.
constexpr std::chrono::seconds kStall{8};
// Whoever was not turned away by then waits for the worker.
constexpr absl::Duration kPatienceOfCaller = absl::Seconds(1);

bool HasRetryInfo(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::RetryInfo info;
    if (detail.UnpackTo(&info)) return info.retry_delay().seconds() > 0;
  }
  return false;
}

struct Probe {
  std::string method;
  const google::protobuf::Message& request;
};

class SheddingTest : public testing::Test {
 protected:
  SheddingTest() {
    v1::Division& province = *divisions_.add_divisions();
    province.set_name("divisions/33");
    province.set_display_name("浙江省");
    province.set_level(v1::Division::LEVEL_PROVINCE);
    province.set_vintage(2023);
    divisions_.set_request_id(test::RequestId());
    division_.set_name("divisions/33");
    caller_.set_client("clients/test");
    v1::CreateClientRequest client;
    client.mutable_client()->set_name(caller_.client());
    client.mutable_client()->set_display_name("对接平台");
    client.set_request_id(test::RequestId());
    const absl::Status registered = Call("ClientService/CreateClient", client);
    EXPECT_TRUE(registered.ok()) << registered;
    const absl::Status imported = Call("DivisionService/ImportDivisions", divisions_);
    EXPECT_TRUE(imported.ok()) << imported;
  }

  static rpc::CallOptions Caller(absl::Duration timeout) {
    rpc::CallOptions options = test::CallAs("clients/test");
    options.timeout = timeout;
    return options;
  }
  // What is answered is not looked at.
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    absl::Duration timeout = absl::Seconds(25)) {
    google::protobuf::Empty response;
    return rpc::InvokeRaw(*served_.channel(), absl::StrCat(kPackage, method), request, response,
                          Caller(timeout));
  }

  // Which of all kinds of calls are turned away when made at once, the most urgent first.
  std::vector<std::string> Shed() {
    const Probe probes[] = {{"CallerService/ResolveCaller", caller_},
                            {"DivisionService/ImportDivisions", divisions_},
                            {"DivisionService/GetDivision", division_},
                            {"DivisionService/ListDivisions", list_}};
    std::vector<absl::Status> said(std::size(probes));
    std::vector<std::thread> callers;
    for (size_t i = 0; i < std::size(probes); ++i) {
      callers.emplace_back([this, &probe = probes[i], &status = said[i]] {
        status = Call(probe.method, probe.request, kPatienceOfCaller);
      });
    }
    for (std::thread& caller : callers) caller.join();
    std::vector<std::string> shed;
    for (size_t i = 0; i < std::size(probes); ++i) {
      if (said[i].ok() || absl::IsDeadlineExceeded(said[i])) continue;
      EXPECT_TRUE(status::Is(said[i], status::kOverloaded)) << probes[i].method << said[i];
      EXPECT_TRUE(HasRetryInfo(said[i])) << said[i];
      shed.push_back(probes[i].method.substr(probes[i].method.find('/') + 1));
    }
    return shed;
  }

  bool Healthy() {
    const auto health =
        rpc::Invoke<grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse>(
            *served_.channel(), "/grpc.health.v1.Health/Check", {}, Caller(kPatienceOfCaller));
    return health.ok() && health->status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }

  v1::ImportDivisionsRequest divisions_;
  v1::GetDivisionRequest division_;
  v1::ListDivisionsRequest list_;
  v1::ResolveCallerRequest caller_;
  test::MysqlProxy proxy_{test::DatabaseSocket()};
  test::Served<OrganizationServer> served_{
      Migrations(), absl::Now(), [this](rpc::ServerOptions& options) {
        options.pipeline.workers = 1;
        options.pipeline.max_queue_wait = kMaxWait;
        options.pipeline.database.unix_socket = proxy_.socket();
      }};
};

TEST_F(SheddingTest, OfASlowDatabaseBeginsWithListsAndCostsItNothing) {
  // By its second call the session knows the statement.
  ASSERT_TRUE(Call("DivisionService/GetDivision", division_).ok());
  int before = proxy_.requests();
  ASSERT_TRUE(Call("DivisionService/GetDivision", division_).ok());
  const int statements = proxy_.requests() - before;
  ASSERT_GT(statements, 0);

  before = proxy_.requests();
  proxy_.Delay(kStall);
  std::thread holder([this] {
    const absl::Status answered = Call("DivisionService/GetDivision", division_);
    EXPECT_TRUE(answered.ok()) << answered;
  });
  while (proxy_.requests() == before) absl::SleepFor(absl::Milliseconds(1));
  proxy_.Delay(std::chrono::milliseconds(0));
  // By whose wait all others are judged.
  const absl::Time begin = absl::Now();
  std::thread oldest([this] {
    const absl::Status answered = Call("DivisionService/ImportDivisions", divisions_);
    EXPECT_TRUE(status::Is(answered, status::kOverloaded)) << answered;
    EXPECT_TRUE(HasRetryInfo(answered)) << answered;
  });
  const auto shed_after = [&](double share) {
    absl::SleepFor(begin + share * kMaxWait - absl::Now());
    return Shed();
  };
  EXPECT_THAT(shed_after(0.2), ElementsAre("ListDivisions"));
  EXPECT_THAT(shed_after(0.55), ElementsAre("GetDivision", "ListDivisions"));
  EXPECT_THAT(shed_after(0.88), ElementsAre("ImportDivisions", "GetDivision", "ListDivisions"));
  EXPECT_THAT(shed_after(1.1),
              ElementsAre("ResolveCaller", "ImportDivisions", "GetDivision", "ListDivisions"));
  EXPECT_TRUE(Healthy());
  holder.join();
  oldest.join();
  EXPECT_EQ(proxy_.requests(), before + statements);
  // Once the database is well again, and who waited in vain has been passed over.
  const absl::Time until = absl::Now() + absl::Seconds(10);
  std::vector<std::string> shed = Shed();
  while (!shed.empty() && absl::Now() < until) shed = Shed();
  EXPECT_THAT(shed, IsEmpty());
}

}  // namespace
}  // namespace qinglian::organization
