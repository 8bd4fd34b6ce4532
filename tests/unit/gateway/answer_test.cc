#include "services/gateway/answer.h"

#include <gtest/gtest.h>

#include "common/status/status.h"

namespace qinglian::gateway {
namespace {

TEST(Answer, OfAServiceThatIsAwayOrStopsIsThatItIsUnavailable) {
  for (const grpc_status_code code :
       {GRPC_STATUS_UNAVAILABLE, GRPC_STATUS_CANCELLED, GRPC_STATUS_UNKNOWN}) {
    const absl::Status status = Explain(code, "risk", "/m");
    EXPECT_TRUE(status::Is(status, status::kUpstreamUnavailable));
    EXPECT_EQ(status::MetadataOf(status, "service"), "risk");
  }
}

TEST(Answer, OfAPassedDeadlineAndOfAnUnknownMethodSaySo) {
  EXPECT_TRUE(
      status::Is(Explain(GRPC_STATUS_DEADLINE_EXCEEDED, "risk", "/m"), status::kDeadlineExceeded));
  const absl::Status unknown = Explain(GRPC_STATUS_UNIMPLEMENTED, "risk", "/m");
  EXPECT_TRUE(status::Is(unknown, status::kMethodUnknown));
  EXPECT_EQ(status::MetadataOf(unknown, "method"), "/m");
}

TEST(Answer, OfAnyOtherCodeIsTheServicesOwn) {
  for (const grpc_status_code code :
       {GRPC_STATUS_INVALID_ARGUMENT, GRPC_STATUS_NOT_FOUND, GRPC_STATUS_INTERNAL,
        GRPC_STATUS_RESOURCE_EXHAUSTED, GRPC_STATUS_ABORTED}) {
    EXPECT_TRUE(Explain(code, "risk", "/m").ok()) << code;
  }
}

TEST(Answer, CarriesItsDetailsAsTheWireWantsThem) {
  const Answer answer = ToAnswer(status::Unavailable(status::kOverloaded, absl::Seconds(1)));
  EXPECT_EQ(answer.code, GRPC_STATUS_RESOURCE_EXHAUSTED);
  google::rpc::Status proto;
  ASSERT_TRUE(proto.ParseFromString(answer.details));
  EXPECT_EQ(proto.code(), GRPC_STATUS_RESOURCE_EXHAUSTED);
  EXPECT_EQ(proto.message(), answer.message);
  EXPECT_EQ(status::ReasonOf(status::FromProto(proto)), "OVERLOADED");
}

}  // namespace
}  // namespace qinglian::gateway
