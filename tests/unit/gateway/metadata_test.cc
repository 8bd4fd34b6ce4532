#include "services/gateway/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace qinglian::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

// An array over static text.
class Entries {
 public:
  explicit Entries(std::vector<std::pair<const char*, const char*>> entries) {
    for (const auto& [key, value] : entries) {
      grpc_metadata& entry = metadata_.emplace_back();
      entry.key = grpc_slice_from_static_string(key);
      entry.value = grpc_slice_from_static_string(value);
    }
    array_ = {metadata_.size(), metadata_.size(), metadata_.data()};
  }
  const grpc_metadata_array& array() const { return array_; }

 private:
  std::vector<grpc_metadata> metadata_;
  grpc_metadata_array array_;
};

std::vector<std::string> Keys(const std::vector<grpc_metadata>& metadata) {
  std::vector<std::string> keys;
  for (const grpc_metadata& entry : metadata) keys.emplace_back(ViewOf(entry.key));
  return keys;
}

const std::vector<std::pair<const char*, const char*>> kMixed = {
    {":path", "/"},         {"grpc-timeout", "1S"}, {"grpc-status-details-bin", "d"},
    {"user-agent", "u"},    {"host", "h"},          {"qinglian-caller", "persons/1"},
    {"traceparent", "t"},   {"grpcish", "g"},       {"user-agent-x", "x"},
    {"hosting", "y"},       {"authorization", "b"}, {"acting-for", "persons/1"},
    {"authorizations", "z"}};

TEST(Metadata, OfTheHopStaysBehind) {
  std::vector<grpc_metadata> to;
  AppendForwarded(Entries(kMixed).array(), false, to);
  EXPECT_THAT(Keys(to),
              ElementsAre("traceparent", "grpcish", "user-agent-x", "hosting", "authorizations"));
}

TEST(Metadata, AtTheEndOfACallKeepsTheDetailsOfItsStatus) {
  std::vector<grpc_metadata> to;
  AppendForwarded(Entries(kMixed).array(), true, to);
  EXPECT_EQ(Keys(to).front(), "grpc-status-details-bin");
}

TEST(Metadata, IsFoundByKey) {
  const Entries entries({{"a", "1"}, {"b", "2"}, {"b", "3"}});
  EXPECT_EQ(Find(entries.array(), "b"), "2");
  EXPECT_EQ(Find(entries.array(), "c"), "");
}

TEST(Metadata, IsMeasuredAsOnTheWire) {
  EXPECT_EQ(WireSize(Entries({{"abc", "12345"}, {"x", ""}}).array()), 8 + 32 + 1 + 32);
}

TEST(Metadata, OfANewTraceIsWellFormedAndNew) {
  const grpc_slice one = TraceParentOf(trace::NewTrace());
  const grpc_slice other = TraceParentOf(trace::NewTrace());
  EXPECT_THAT(std::string(ViewOf(one)), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
  EXPECT_NE(ViewOf(one), ViewOf(other));
  grpc_slice_unref(one);
  grpc_slice_unref(other);
}

}  // namespace
}  // namespace qinglian::gateway
