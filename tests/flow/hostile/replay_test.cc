// Requests that come again change nothing and are answered as they were: in order, shuffled, over
// several connections, after a restart. ROUNDS: how often all of that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "google/api/field_behavior.pb.h"
#include "google/type/date.pb.h"
#include "qinglian/validate/v1/validate.pb.h"
#include "services/ctl/contract.h"
#include "tests/flow/hostile/the_year.h"

namespace qinglian::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Replay : public testing::Test {
 protected:
  Replay() {
    for (int i = 0; i < kConnections; ++i) connections_.push_back(year_.Connect());
  }

  // How many changes callers have made, by service: what the clock tells services to do they do by
  // themselves.
  std::string Effects() const {
    std::string counts;
    for (const std::string& service : System::AllServices()) {
      absl::StrAppend(&counts, service, " ",
                      year_.system().database(service).Value(
                          "SELECT COUNT(*) FROM journal WHERE actor NOT LIKE 'services/%' AND "
                          "operation NOT IN ('OPERATION_READ', 'OPERATION_REFUSED')"),
                      " ");
    }
    return counts;
  }

  void Repeat(const std::shared_ptr<grpc::Channel>& connection, const RecordedWrite& write) {
    const auto response = ctl::NewMessage(*write.method->output_type());
    const absl::Status status = rpc::InvokeRaw(*connection, ctl::PathOf(*write.method),
                                               *write.request, *response, ToldYear::As(write));
    EXPECT_TRUE(status.ok()) << write.name() << status;
    EXPECT_EQ(response->SerializeAsString(), write.response->SerializeAsString()) << write.name();
    ++repeated_;
  }

  // All of them over each connection at once.
  void RepeatAll(bool shuffled) {
    std::vector<std::thread> threads;
    for (const auto& connection : connections_) {
      threads.emplace_back([&, order = writes_, seed = seed_++]() mutable {
        if (shuffled) std::shuffle(order.begin(), order.end(), std::mt19937(seed));
        for (const RecordedWrite& write : order) Repeat(connection, write);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void RestartAll() {
    for (const std::string& service : System::AllServices()) year_.system().Stop(service, SIGKILL);
    for (const std::string& service : System::AllServices()) year_.system().Begin(service);
    const absl::Time until = absl::Now() + absl::Seconds(60);
    for (const std::string& service : System::AllServices()) {
      while (!year_.system().Serves(service) && absl::Now() < until)
        absl::SleepFor(absl::Milliseconds(20));
      ASSERT_TRUE(year_.system().Serves(service)) << service;
    }
  }

  static constexpr int kConnections = 2;
  ToldYear& year_ = TheYear();
  const std::vector<RecordedWrite> writes_ = year_.writes();
  std::vector<std::shared_ptr<grpc::Channel>> connections_;
  unsigned seed_ = 1;
  std::atomic<int> repeated_{0};
};

TEST_F(Replay, ChangesNothingAndIsAnsweredAsTheFirstTime) {
  ASSERT_GT(writes_.size(), 100u);
  const std::string effects = Effects();
  for (int round = 0; round < ROUNDS; ++round) {
    RepeatAll(false);
    RepeatAll(true);
  }
  RestartAll();
  RepeatAll(false);
  EXPECT_EQ(Effects(), effects);
  RecordProperty("repeated", repeated_);
  std::cout << repeated_ << " replays of " << writes_.size() << " writes\n";
}

bool IsOutput(const FieldDescriptor* field) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::count(behaviours.begin(), behaviours.end(), google::api::OUTPUT_ONLY) > 0;
}

bool IsText(const FieldDescriptor* field) {
  const auto format = field->options().GetExtension(validate::v1::field).format();
  return !field->is_repeated() &&
         (format == validate::v1::FORMAT_LINE || format == validate::v1::FORMAT_TEXT);
}

bool IsSet(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

// Whether it could be changed: the first text that people read, wherever it is. `given`: one that
// is there; otherwise one that might be.
bool ChangeText(Message& message, bool given) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (IsOutput(field)) continue;
    if (field->message_type() != nullptr && IsSet(message, field)) {
      if (ChangeText(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, 0)
                                          : *reflection.MutableMessage(&message, field),
                     given))
        return true;
    } else if (IsText(field) && IsSet(message, field) == given) {
      reflection.SetString(&message, field, reflection.GetString(message, field) + "另有");
      return true;
    }
  }
  return false;
}

// The same of a number or a day, in what has no text.
bool ChangeNumber(Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (IsOutput(field) || field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      reflection.SetInt32(&message, field, reflection.GetInt32(message, field) + 1);
      return true;
    }
    const bool day = field->message_type() == google::type::Date::descriptor();
    if (day) {
      auto& date = static_cast<google::type::Date&>(*reflection.MutableMessage(&message, field));
      date.set_year(2025);
      date.set_month(12);
      date.set_day(30);
      return true;
    }
    if (field->message_type() != nullptr && IsSet(message, field) &&
        ChangeNumber(*reflection.MutableMessage(&message, field)))
      return true;
  }
  return false;
}

// Another request under the same id, as valid as the first: about something else, or of another
// version.
std::unique_ptr<Message> Another(const RecordedWrite& write) {
  std::unique_ptr<Message> another(write.request->New());
  another->CopyFrom(*write.request);
  if (ChangeText(*another, true)) return another;
  if (another->GetDescriptor()->FindFieldByName("etag") != nullptr) {
    ctl::SetField(*another, "etag", "\"77\"");
  } else {
    EXPECT_TRUE(ChangeText(*another, false) || ChangeNumber(*another)) << write.name();
  }
  return another;
}

TEST_F(Replay, OfAnIdWithAnotherRequestIsRefused) {
  const std::string effects = Effects();
  for (const RecordedWrite& write : writes_) {
    const auto response = ctl::NewMessage(*write.method->output_type());
    const absl::Status status = rpc::InvokeRaw(*connections_[0], ctl::PathOf(*write.method),
                                               *Another(write), *response, ToldYear::As(write));
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << write.name() << status;
    EXPECT_EQ(status::ReasonOf(status), "REQUEST_ID_REUSED") << write.name() << status;
  }
  EXPECT_EQ(Effects(), effects);
}

}  // namespace
}  // namespace qinglian::test
