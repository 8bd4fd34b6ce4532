// What happens by the clock, without anybody asking.
#include "gmock/gmock.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "qinglian/review/v1/title_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;

class ReviewClock : public ReviewTest {
 protected:
  Application AskForSupplement(const Application& application, int month, int day) {
    v1::RequestApplicationSupplementRequest request;
    request.set_request("补盖公章");
    *request.mutable_due_date() = clock::ToDate(absl::CivilDay(2025, month, day));
    return Made(
        Move("ApplicationService/RequestApplicationSupplement", application, clerk_, request));
  }
};

TEST_F(ReviewClock, WhoMissesTheDayOfASupplementIsWithdrawnAndNobodyElse) {
  const Application late = AskForSupplement(Submitted(unit_), 3, 12);
  const Application patient = AskForSupplement(Submitted(other_unit_), 3, 13);
  SetDay(3, 12);
  ASSERT_TRUE(RunTask("withdraw-unsupplemented").ok());
  EXPECT_EQ(Read(late).state(), Application::STATE_SUPPLEMENT_REQUESTED) << "it may come today";
  SetDay(3, 13);
  ASSERT_TRUE(RunTask("withdraw-unsupplemented").ok());
  const Application withdrawn = Read(late);
  EXPECT_EQ(withdrawn.state(), Application::STATE_WITHDRAWN);
  EXPECT_FALSE(withdrawn.end_reason().empty());
  EXPECT_EQ(clock::ToDay(withdrawn.end_date()).value(), absl::CivilDay(2025, 3, 13));
  EXPECT_EQ(Read(patient).state(), Application::STATE_SUPPLEMENT_REQUESTED);
  EXPECT_EQ(service_.database().Value("SELECT CONCAT(actor, ' ', method) FROM journal ORDER BY id "
                                      "DESC LIMIT 1"),
            "services/test effect/clock/supplement-missed");
  ASSERT_TRUE(RunTask("withdraw-unsupplemented").ok());
  EXPECT_EQ(Read(late).etag(), withdrawn.etag()) << "once";
}

TEST_F(ReviewClock, ANoticeEndsAfterItsLastDay) {
  OnNotice(Scored({Submitted(unit_)}));
  const auto last = clock::ToDay(Round().notice_end_date()).value();
  SetDay(last.month(), last.day());
  ASSERT_TRUE(RunTask("end-public-notices").ok());
  EXPECT_EQ(Round().state(), ReviewRound::STATE_ON_NOTICE);
  const absl::CivilDay next = last + 1;
  SetDay(next.month(), next.day());
  ASSERT_TRUE(RunTask("end-public-notices").ok());
  EXPECT_EQ(Round().state(), ReviewRound::STATE_NOTICE_ENDED);
}

TEST_F(ReviewClock, ATitleExpiresAfterItsLastDay) {
  const Application noticed = OnNotice(Scored({Submitted(unit_)}));
  SetDay(3, 25);
  ASSERT_TRUE(RunTask("end-public-notices").ok());
  v1::DecideReviewRoundRequest decide;
  decide.set_reason("会议决定");
  Made(Move("ReviewRoundService/DecideReviewRound", Round(), head_, decide));
  Made(Move<v1::ConferApplicationRequest>("ApplicationService/ConferApplication", noticed, head_));
  v1::ConferTitleRequest confer;
  confer.mutable_title()->set_application(noticed.name());
  confer.mutable_title()->set_document_number("工委〔2025〕1号");
  const auto title = Made(Call<v1::Title>("TitleService/ConferTitle", confer, head_));
  const auto state = [&] {
    v1::GetTitleRequest get;
    get.set_name(title.name());
    return Made(Call<v1::Title>("TitleService/GetTitle", get, head_)).state();
  };
  const absl::Time last = clock::StartOf(clock::ToDay(title.expire_date()).value());
  service_.business_clock().Set(last + absl::Hours(23));
  ASSERT_TRUE(RunTask("expire-titles").ok());
  EXPECT_EQ(state(), v1::Title::STATE_ACTIVE);
  service_.business_clock().Set(last + absl::Hours(25));
  ASSERT_TRUE(RunTask("expire-titles").ok());
  EXPECT_EQ(state(), v1::Title::STATE_EXPIRED);
}

}  // namespace
}  // namespace qinglian::review
