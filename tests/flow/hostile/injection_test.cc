// Texts that have broken other programs are taken as texts or refused, in every place where callers
// put text. STRIDE: of the payloads, how many are passed over for each place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/id/names.h"
#include "common/record/record.h"
#include "common/status/status.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/json_util.h"
#include "grpc/health/v1/health.pb.h"
#include "services/ctl/context.h"
#include "services/ctl/contract.h"
#include "services/ctl/year/year.h"
#include "tests/flow/hostile/payloads.h"
#include "tests/flow/hostile/place.h"
#include "tests/flow/hostile/the_year.h"
#include "tests/support/spread.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using testing::Contains;
using testing::Not;

// What is said of a request that was understood, or never will be.
bool IsDefinite(absl::StatusCode code) {
  static const auto& codes = *new std::set<absl::StatusCode>{
      absl::StatusCode::kOk,         absl::StatusCode::kInvalidArgument,
      absl::StatusCode::kNotFound,   absl::StatusCode::kFailedPrecondition,
      absl::StatusCode::kAborted,    absl::StatusCode::kAlreadyExists,
      absl::StatusCode::kOutOfRange, absl::StatusCode::kPermissionDenied};
  return codes.count(code) > 0;
}

// How many rows the tables of all resources have, by type.
using Rows = std::map<std::string, int>;

class Injection : public testing::Test {
 protected:
  Injection() {
    // It says each time that text is no UTF-8 when it is sent.
    google::protobuf::SetLogHandler(nullptr);
    reader_.metadata.emplace_back("authorization",
                                  "Bearer " + year_.system().TokenOf(ctl::kAuditorNumber));
    reader_.timeout = absl::Seconds(60);
    reader_.retries = 20;
  }

  const TestDatabase& DatabaseOf(const Descriptor* type) const {
    return year_.system().database(ctl::ServiceOf(*type));
  }
  Rows CountRows() const {
    Rows rows;
    for (const Descriptor* type : record::LinkedResources())
      rows[type->full_name()] = std::stoi(DatabaseOf(type).Value(
          absl::StrCat("SELECT COUNT(*) FROM ", record::Plan::Of(type).table())));
    return rows;
  }
  // Every column of every table.
  std::string Schemas() const {
    std::string schemas;
    for (const std::string& service : System::AllServices()) {
      absl::StrAppend(
          &schemas,
          year_.system().database(service).Value(
              "SELECT CONCAT(COUNT(DISTINCT TABLE_NAME), ' ', SUM(CRC32(CONCAT("
              "TABLE_NAME, COLUMN_NAME, COLUMN_TYPE)))) FROM information_schema.COLUMNS "
              "WHERE TABLE_SCHEMA=DATABASE()"),
          " ");
    }
    return schemas;
  }

  // A request that is not one of before: with an id, a number and no version of its own.
  std::unique_ptr<Message> Fresh(const Place& place) {
    std::unique_ptr<Message> request(place.base->New());
    request->CopyFrom(*place.base);
    request->DiscardUnknownFields();
    ctl::SetField(*request, "request_id", ctl::NewRequestId());
    if (place.path.size() > 1) {
      const auto* carried = place.path[0];
      if (carried->message_type() != nullptr && !carried->is_repeated())
        ctl::SetField(*request->GetReflection()->MutableMessage(request.get(), carried),
                      "staff_number", absl::StrCat("I-", ++numbers_));
    }
    if (const auto* etag = request->GetDescriptor()->FindFieldByName("etag");
        etag != nullptr && place.IsEdit())
      request->GetReflection()->ClearField(request.get(), etag);
    return request;
  }

  void Try(const Place& place, const std::string& payload) {
    const auto request = Fresh(place);
    place.Put(*request, payload);
    const auto response = ctl::NewMessage(*place.method->output_type());
    const absl::Status status = rpc::InvokeRaw(*connection_, ctl::PathOf(*place.method), *request,
                                               *response, place.options);
    ++tried_;
    EXPECT_TRUE(IsDefinite(status.code()))
        << place.ToString() << " " << absl::CHexEscape(payload.substr(0, 80)) << " " << status;
    if (status.ok()) Accept(place, payload, *response);
  }

  void Accept(const Place& place, const std::string& payload, const Message& response) {
    ++accepted_;
    // An edit that changes nothing leaves the first version, too.
    const auto* etag = response.GetDescriptor()->FindFieldByName("etag");
    if (etag != nullptr && !place.IsEdit() &&
        response.GetReflection()->GetString(response, etag) == "\"1\"") {
      const std::lock_guard lock(mutex_);
      ++created_[response.GetTypeName()];
    }
    if (!place.IsKept()) return;
    const auto kept = ReadBack(response);
    if (kept == nullptr) return;
    EXPECT_EQ(absl::CHexEscape(place.Kept(*kept)), absl::CHexEscape(payload)) << place.ToString();
    ++read_back_;
  }

  // The resource as it is kept.
  std::unique_ptr<Message> ReadBack(const Message& resource) {
    const std::string name = resource.GetReflection()->GetString(
        resource, resource.GetDescriptor()->FindFieldByName("name"));
    const auto method = ctl::GetMethodOf(id::CollectionOf(name));
    EXPECT_TRUE(method.ok()) << method.status();
    const auto request = ctl::NewMessage(*(*method)->input_type());
    ctl::SetField(*request, "name", name);
    auto kept = ctl::NewMessage(*(*method)->output_type());
    const absl::Status status =
        rpc::InvokeRaw(*connection_, ctl::PathOf(**method), *request, *kept, reader_);
    EXPECT_TRUE(status.ok()) << name << status;
    return status.ok() ? std::move(kept) : nullptr;
  }

  ToldYear& year_ = TheYear();
  std::shared_ptr<grpc::Channel> connection_ = year_.Connect();
  rpc::CallOptions reader_;
  std::atomic<int> numbers_{0}, tried_{0}, accepted_{0}, read_back_{0};
  std::mutex mutex_;
  // New resources by type.
  Rows created_;
};

TEST_F(Injection, IsTakenAsTextOrRefusedAndChangesNothingElse) {
  const std::vector<Place> places = PlacesOf(year_.writes(), reader_);
  const std::vector<std::string>& payloads = Payloads();
  ASSERT_GE(payloads.size(), 500u);
  Rows expected = CountRows();
  const std::string schemas = Schemas();
  // One thread a method: what is edited is read back before it is edited again.
  std::map<const google::protobuf::MethodDescriptor*, std::vector<size_t>> by_method;
  for (size_t i = 0; i < places.size(); ++i) by_method[places[i].method].push_back(i);
  std::vector<std::vector<size_t>> groups;
  for (auto& [method, group] : by_method) groups.push_back(std::move(group));
  Spread(groups.size(), [&](size_t group) {
    for (const size_t i : groups[group]) {
      for (size_t payload = i % STRIDE; payload < payloads.size(); payload += STRIDE)
        Try(places[i], payloads[payload]);
    }
  });
  for (const auto& [type, count] : created_) expected[type] += count;
  EXPECT_EQ(CountRows(), expected);
  EXPECT_EQ(Schemas(), schemas);
  EXPECT_GT(places.size(), 200u);
  EXPECT_GT(read_back_, 100);
  std::cout << tried_ << " tries of " << payloads.size() << " payloads in " << places.size()
            << " places, " << accepted_ << " accepted, " << read_back_ << " read back\n";
}

TEST_F(Injection, IsNoServiceWhoseHealthIsKnown) {
  for (size_t i = 0; i < Payloads().size(); i += STRIDE) {
    ::grpc::health::v1::HealthCheckRequest request;
    request.set_service(Payloads()[i]);
    ::grpc::health::v1::HealthCheckResponse response;
    rpc::CallOptions options;
    options.retries = 20;
    const absl::Status status =
        rpc::InvokeRaw(*connection_, "/grpc.health.v1.Health/Check", request, response, options);
    EXPECT_FALSE(status.ok()) << absl::CHexEscape(Payloads()[i]);
    EXPECT_TRUE(IsDefinite(status.code())) << absl::CHexEscape(Payloads()[i]) << status;
  }
}

// After all of that.
TEST_F(Injection, LeavesEachLineOfEveryLogOneObject) {
  std::vector<std::string> processes = System::AllServices();
  processes.push_back("gateway");
  for (const std::string& process : processes) {
    int lines = 0;
    const std::string log = year_.system().Log(process);
    // What `migrate` says comes before, for people.
    for (const absl::string_view line :
         absl::StrSplit(log.substr(log.find('{')), '\n', absl::SkipEmpty())) {
      google::protobuf::Struct object;
      const auto parsed = google::protobuf::util::JsonStringToMessage(
          google::protobuf::StringPiece(line.data(), line.size()), &object);
      ASSERT_TRUE(parsed.ok()) << process << ": " << line;
      EXPECT_NE(object.fields().at("event").string_value(), "forged");
      ++lines;
    }
    EXPECT_GT(lines, 5) << process;
  }
}

}  // namespace
}  // namespace qinglian::test
