#include "common/status/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const google::rpc::Status proto = ToProto(status);
  int found = 0;
  for (const auto& any : proto.details()) {
    if (any.Is<Detail>()) found += any.UnpackTo(&detail);
  }
  EXPECT_EQ(found, 1) << proto.DebugString();
  return detail;
}

std::set<std::string> PlaceholdersOf(std::string_view text) {
  std::set<std::string> found;
  for (size_t at = 0; (at = text.find('{', at)) != text.npos; ++at) {
    found.emplace(text.substr(at, text.find('}', at) - at + 1));
  }
  return found;
}

TEST(StatusCatalogue, EveryReasonIsUpperSnakeUniqueAndShort) {
  std::set<std::string_view> reasons;
  for (const Entry* entry : All()) {
    EXPECT_TRUE(reasons.insert(entry->reason).second) << entry->reason;
    EXPECT_THAT(std::string(entry->reason), ::testing::MatchesRegex("[A-Z][A-Z0-9_]*[A-Z0-9]"));
    EXPECT_LE(entry->reason.size(), 63u);
    EXPECT_EQ(Find(entry->reason), entry);
  }
  EXPECT_EQ(Find("NO_SUCH_REASON"), nullptr);
}

TEST(StatusCatalogue, EveryReasonHasBothLanguages) {
  for (const Entry* entry : All()) {
    EXPECT_FALSE(entry->en.empty()) << entry->reason;
    // Chinese is written in characters beyond ASCII, English within it.
    const auto beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    EXPECT_TRUE(std::any_of(entry->zh.begin(), entry->zh.end(), beyond_ascii)) << entry->reason;
    EXPECT_FALSE(std::any_of(entry->en.begin(), entry->en.end(), beyond_ascii)) << entry->reason;
  }
}

TEST(StatusCatalogue, PlaceholdersOfBothLanguagesAgree) {
  for (const Entry* entry : All()) {
    EXPECT_EQ(PlaceholdersOf(entry->en), PlaceholdersOf(entry->zh)) << entry->reason;
  }
}

TEST(StatusCatalogue, NoReasonStandsForOk) {
  for (const Entry* entry : All()) EXPECT_NE(entry->code, absl::StatusCode::kOk) << entry->reason;
}

TEST(Status, AnErrorCarriesReasonMetadataAndBothTexts) {
  const absl::Status status = Error(kEtagStale, {{"resource", "organizations/1"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "organizations/1 has changed since it was read; read it again.");
  EXPECT_EQ(ChineseOf(status), "organizations/1 在读取之后已被修改，请重新读取。");
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "ETAG_STALE");
  EXPECT_EQ(info.domain(), "qinglian");
  EXPECT_EQ(MetadataOf(status, "resource"), "organizations/1");
  EXPECT_EQ(MetadataOf(status, "other"), "");
  EXPECT_TRUE(Is(status, kEtagStale));
  EXPECT_FALSE(Is(status, kConflict));
}

TEST(Status, APlaceholderWithoutMetadataIsAQuestionMark) {
  EXPECT_EQ(Error(kResourceNotFound).message(), "? was not found.");
}

TEST(Status, BracesInMetadataAreNotPlaceholders) {
  EXPECT_EQ(Error(kFilterInvalid, {{"detail", "{detail}"}}).message(),
            "The filter is not valid: {detail}.");
}

TEST(Status, BytesThatAreNotUtf8AreReplaced) {
  const absl::Status status = Error(kFilterInvalid, {{"detail", "a\xff\xc0\xaf"}});
  EXPECT_EQ(MetadataOf(status, "detail"), "a???");
}

TEST(Status, AWireTripKeepsCodeTextAndDetails) {
  const absl::Status status = Unavailable(kDatabaseUnavailable, absl::Milliseconds(1500));
  const absl::Status back = FromProto(ToProto(status));
  EXPECT_EQ(back, status);
  const auto retry = DetailOf<google::rpc::RetryInfo>(back);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  EXPECT_TRUE(FromProto(ToProto(absl::OkStatus())).ok());
}

TEST(Status, NotFoundNamesTheResource) {
  const absl::Status status = NotFound("qinglian/RiskPoint", "riskPoints/1");
  EXPECT_EQ(ReasonOf(status), "RESOURCE_NOT_FOUND");
  const auto info = DetailOf<google::rpc::ResourceInfo>(status);
  EXPECT_EQ(info.resource_type(), "qinglian/RiskPoint");
  EXPECT_EQ(info.resource_name(), "riskPoints/1");
}

TEST(Status, AWrongStateIsRefusedWithTheStateThatIsWanted) {
  const absl::Status status =
      TransitionRefused("cases/1", "close", "STATE_FILED", "STATE_DECIDED", nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "TRANSITION_NOT_ALLOWED");
  EXPECT_EQ(MetadataOf(status, "wanted_state"), "STATE_DECIDED");
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "STATE");
  EXPECT_EQ(failure.violations(0).subject(), "cases/1");
}

TEST(Status, AnUnmetGuardIsNamedInBothLanguages) {
  constexpr Guard kGuard{"FOUR_EYES", "the author does not approve", "起草人不得审批"};
  const absl::Status status =
      TransitionRefused("cases/1", "approve", "STATE_SUBMITTED", "STATE_SUBMITTED", &kGuard);
  EXPECT_EQ(ReasonOf(status), "GUARD_NOT_MET");
  EXPECT_EQ(MetadataOf(status, "guard"), "FOUR_EYES");
  EXPECT_EQ(status.message(),
            "approve of cases/1 is refused: the author does not approve (FOUR_EYES)");
  EXPECT_THAT(ChineseOf(status), HasSubstr("起草人不得审批"));
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  EXPECT_EQ(failure.violations(0).type(), "FOUR_EYES");
  EXPECT_EQ(failure.violations(0).description(), "the author does not approve");
}

TEST(FieldViolations, NoViolationIsNoError) {
  EXPECT_TRUE(FieldViolations().empty());
  EXPECT_TRUE(FieldViolations().ToStatus().ok());
}

TEST(FieldViolations, EachIsReportedWithPathAndRule) {
  FieldViolations violations;
  violations.Add("risk_point.title", "REQUIRED", "must be set", "必须填写");
  violations.Add("risk_point.likelihood", "OUT_OF_RANGE", "must be 1 to 5");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(ReasonOf(status), "FIELDS_INVALID");
  const google::rpc::BadRequest bad = BadRequestOf(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "risk_point.title");
  EXPECT_EQ(bad.field_violations(0).reason(), "REQUIRED");
  EXPECT_EQ(bad.field_violations(0).localized_message().message(), "必须填写");
  EXPECT_THAT(std::string(status.message()), HasSubstr("risk_point.likelihood"));
}

TEST(FieldViolations, FitTheWireHoweverManyAndLongTheyAre) {
  FieldViolations violations;
  for (int i = 0; i < 1000; ++i) {
    violations.Add(absl::StrCat("items[", i, "].", std::string(400, 'p')), "TOO_LONG",
                   std::string(4000, 'x'), std::string(4000, 'y'));
  }
  const absl::Status status = violations.ToStatus();
  EXPECT_LE(ToProto(status).ByteSizeLong(), kMaxDetailBytes);
  EXPECT_GT(DetailOf<google::rpc::BadRequest>(status).field_violations_size(), 3);
  EXPECT_EQ(MetadataOf(status, "count"), "1000");
}

TEST(FieldViolations, ShortOnesAreCappedByNumber) {
  FieldViolations violations;
  for (int i = 0; i < 30; ++i) violations.Add("f", "REQUIRED", "must be set");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(violations.ToStatus()).field_violations_size(),
            static_cast<int>(kMaxViolations));
}

TEST(Status, InternalErrorsTellNothingButAnId) {
  std::string id;
  const absl::Status status = Internal(absl::InternalError("SELECT secret FROM host"), &id);
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(MetadataOf(status, "id"), id);
  EXPECT_THAT(ToProto(status).ShortDebugString(), Not(HasSubstr("secret")));
  std::string again;
  EXPECT_EQ(Internal(status, &again), status);
  EXPECT_EQ(again, id);
}

TEST(Status, TextsOfInternalAndUnknownNeverReachTheWire) {
  for (const absl::Status& cause :
       {absl::InternalError("secret"), absl::UnknownError("secret"), absl::DataLossError("secret"),
        Error(kIoFailed, {{"detail", "secret"}})}) {
    const google::rpc::Status proto = ToProto(cause);
    EXPECT_EQ(proto.code(), static_cast<int>(absl::StatusCode::kInternal));
    EXPECT_EQ(ReasonOf(FromProto(proto)), "INTERNAL");
    EXPECT_THAT(proto.ShortDebugString(), Not(HasSubstr("secret")));
  }
}

TEST(Status, OneMadeElsewhereGetsItsCodeAsReason) {
  const google::rpc::Status proto = ToProto(absl::OutOfRangeError("{x} too far"));
  EXPECT_EQ(proto.message(), "{x} too far");
  EXPECT_EQ(ReasonOf(FromProto(proto)), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(absl::OutOfRangeError("x")), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(CleanUtf8("清廉机关", 12), "清廉机关");
  EXPECT_EQ(CleanUtf8("清廉机关", 11), "清廉…");
  EXPECT_EQ(CleanUtf8("abc", 2), "");
  EXPECT_EQ(CleanUtf8("", 0), "");
}

TEST(Text, OverlongFormsAndSurrogatesAreNotUtf8) {
  EXPECT_EQ(CleanUtf8("\xe0\x80\x80", 9), "???");
  EXPECT_EQ(CleanUtf8("\xed\xa0\x80", 9), "???");
  EXPECT_EQ(CleanUtf8("\xf4\x90\x80\x80", 9), "????");
  EXPECT_EQ(CleanUtf8("\xf0\x9f\x98\x80", 9), "\xf0\x9f\x98\x80");
  EXPECT_EQ(CleanUtf8("\xe6\xb8", 9), "??");
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return absl::InvalidArgumentError("odd");
  return n / 2;
}

absl::StatusOr<std::pair<int, int>> Halves(int a, int b) {
  ASSIGN_OR_RETURN(const int first, Half(a));
  int second = 0;
  ASSIGN_OR_RETURN(second, Half(b));
  return std::make_pair(first, second);
}

absl::Status Check(int a, int b) {
  ASSIGN_OR_RETURN((const std::pair<int, int> halves), Halves(a, b));
  if (halves.first > 0)
    RETURN_IF_ERROR(Half(halves.second).status());
  else
    return absl::AbortedError("else");
  return absl::OkStatus();
}

TEST(Macros, PassErrorsOnAndUnpackValues) {
  EXPECT_TRUE(Check(2, 4).ok());
  EXPECT_EQ(Check(2, 2).message(), "odd");
  EXPECT_EQ(Check(3, 2).message(), "odd");
  EXPECT_EQ(Check(0, 2).message(), "else");
}

}  // namespace
}  // namespace qinglian::status
