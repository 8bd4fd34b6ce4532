// More time for the decision on an objection.
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/objection_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Objection;

// Admitted on 17 March 2025, to be decided by the 31st.
class ReviewExtension : public ReviewTest {
 protected:
  Objection Admitted() {
    v1::FileObjectionRequest request;
    request.mutable_objection()->set_application(OnNotice(Scored({Submitted(unit_)})).name());
    request.mutable_objection()->set_objector(third_);
    request.mutable_objection()->set_display_name("材料不实");
    request.mutable_objection()->set_grounds("次数不足");
    const auto filed = Made(Call<Objection>("ObjectionService/FileObjection", request, third_));
    return Made(Move<v1::AdmitObjectionRequest>("ObjectionService/AdmitObjection", filed, clerk_));
  }
  absl::StatusOr<Objection> Extend(const Objection& objection, const std::string& caller,
                                   const std::string& request_id = "") {
    v1::ExtendObjectionRequest request;
    request.set_reason("案情复杂，须外出调查");
    request.set_request_id(request_id);
    return Move("ObjectionService/ExtendObjection", objection, caller, request);
  }
};

TEST_F(ReviewExtension, ItIsGivenOnceFromTheAdmissionAndTellsWhyByWhomAndFromWhichDay) {
  const Objection admitted = Admitted();
  EXPECT_EQ(*clock::ToDay(admitted.decide_due_date()), absl::CivilDay(2025, 3, 31));
  SetDay(3, 31);
  Made(Extend(admitted, clerk_));
  v1::GetObjectionRequest get;
  get.set_name(admitted.name());
  const auto extended = Made(Call<Objection>("ObjectionService/GetObjection", get, clerk_));
  EXPECT_EQ(extended.state(), Objection::STATE_ADMITTED);
  // Friday 4 April is a holiday, and Sunday 27 April is worked.
  EXPECT_EQ(*clock::ToDay(extended.decide_due_date()), absl::CivilDay(2025, 4, 28));
  EXPECT_EQ(*clock::ToDay(extended.extension().previous_due_date()), absl::CivilDay(2025, 3, 31));
  EXPECT_EQ(extended.extension().reason(), "案情复杂，须外出调查");
  EXPECT_EQ(extended.extension().extender(), clerk_);
  EXPECT_TRUE(extended.extension().has_extend_time());
  EXPECT_EQ(GuardOf(Extend(extended, clerk_).status()), "NOT_EXTENDED_YET");
  EXPECT_EQ(service_.database().Value("SELECT reason FROM journal ORDER BY id DESC LIMIT 1"),
            "案情复杂，须外出调查");
}

TEST_F(ReviewExtension, ItIsNotGivenAfterTheDayNorByTheObjectorOrTheApplicant) {
  const Objection admitted = Admitted();
  EXPECT_EQ(GuardOf(Extend(admitted, third_).status()), "FOUR_EYES");
  EXPECT_EQ(GuardOf(Extend(admitted, applicants_[unit_]).status()), "ORGANIZER_SIDE");
  SetDay(4, 1);
  EXPECT_EQ(GuardOf(Extend(admitted, clerk_).status()), "BEFORE_DUE");
}

TEST_F(ReviewExtension, OneThatIsSentTwiceIsGivenOnceWithTheSameAnswer) {
  const Objection admitted = Admitted();
  const std::string request_id = test::RequestId();
  const Objection once = Made(Extend(admitted, clerk_, request_id));
  EXPECT_EQ(Made(Extend(admitted, clerk_, request_id)).etag(), once.etag());
  EXPECT_EQ(*clock::ToDay(once.decide_due_date()), absl::CivilDay(2025, 4, 28));
}

}  // namespace
}  // namespace qinglian::review
