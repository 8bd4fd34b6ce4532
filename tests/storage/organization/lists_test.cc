// Responsibility lists, terms of office, appointment talks and oversight links: what their guards
// let through, and what becomes of them when their organization ends.
#include <string>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/appointment_talk_service.pb.h"
#include "qinglian/organization/v1/oversight_link_service.pb.h"
#include "qinglian/organization/v1/responsibility_service.pb.h"
#include "qinglian/organization/v1/term_of_office_service.pb.h"
#include "services/organization/assignment_rules.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using testing::SizeIs;

std::string GuardOf(const absl::Status& status) { return status::MetadataOf(status, "guard"); }
std::string ReasonOf(const absl::Status& status) { return status::ReasonOf(status); }

class Lists : public ReformingTest {
 protected:
  // A request for a transition of what was read.
  template <class Request, class Resource>
  static Request Of(const Resource& resource) {
    Request request;
    request.set_name(resource.name());
    request.set_etag(resource.etag());
    request.set_request_id(test::RequestId());
    if constexpr (requires { request.set_reason(""); }) request.set_reason("机构调整");
    return request;
  }

  static v1::CreateResponsibilityRequest WantedLine(const v1::Post& post) {
    v1::CreateResponsibilityRequest request;
    request.set_request_id(test::RequestId());
    v1::Responsibility& line = *request.mutable_responsibility();
    line.set_organization(post.organization());
    line.set_post(post.name());
    line.set_kind(v1::Responsibility::KIND_FIRST_RESPONSIBLE);
    line.set_bearing(v1::Responsibility::BEARING_INDIVIDUAL);
    line.set_content("对本单位廉政建设负总责");
    return request;
  }
  absl::StatusOr<v1::Responsibility> MakeLine(const v1::CreateResponsibilityRequest& request) {
    return Call<v1::Responsibility>("ResponsibilityService/CreateResponsibility", request);
  }
  v1::Responsibility Line(const std::string& name) {
    v1::GetResponsibilityRequest request;
    request.set_name(name);
    return Call<v1::Responsibility>("ResponsibilityService/GetResponsibility", request)
        .value_or(v1::Responsibility());
  }
  v1::ResponsibilityChain Chain(const std::string& name, absl::CivilDay day) {
    v1::GetResponsibilityChainRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    const auto chain =
        Call<v1::ResponsibilityChain>("ResponsibilityService/GetResponsibilityChain", request);
    EXPECT_TRUE(chain.ok()) << chain.status();
    return chain.value_or(v1::ResponsibilityChain());
  }
  void Leave(const v1::Assignment& assignment) {
    const auto ended = Call<v1::Assignment>("AssignmentService/EndAssignment",
                                            Of<v1::EndAssignmentRequest>(assignment));
    EXPECT_TRUE(ended.ok()) << ended.status();
  }

  static v1::CreateTermOfOfficeRequest WantedTerm(const std::string& organization,
                                                  absl::CivilDay from, absl::CivilDay due) {
    v1::CreateTermOfOfficeRequest request;
    request.set_request_id(test::RequestId());
    v1::TermOfOffice& term = *request.mutable_term_of_office();
    term.set_organization(organization);
    term.set_session_number(3);
    *term.mutable_start_date() = clock::ToDate(from);
    *term.mutable_due_date() = clock::ToDate(due);
    return request;
  }
  absl::StatusOr<v1::TermOfOffice> MakeTerm(const v1::CreateTermOfOfficeRequest& request) {
    return Call<v1::TermOfOffice>("TermOfOfficeService/CreateTermOfOffice", request);
  }

  absl::StatusOr<v1::AppointmentTalk> MakeTalk(const v1::Assignment& assignment) {
    v1::CreateAppointmentTalkRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_appointment_talk()->set_assignment(assignment.name());
    return Call<v1::AppointmentTalk>("AppointmentTalkService/CreateAppointmentTalk", request);
  }
  static v1::HoldAppointmentTalkRequest Holding(const v1::AppointmentTalk& talk,
                                                const std::string& talker) {
    auto request = Of<v1::HoldAppointmentTalkRequest>(talk);
    request.set_talker(talker);
    request.set_record_digest(std::string(64, 'b'));
    return request;
  }
  absl::StatusOr<v1::AppointmentTalk> Hold(const v1::HoldAppointmentTalkRequest& request) {
    return Call<v1::AppointmentTalk>("AppointmentTalkService/HoldAppointmentTalk", request);
  }

  absl::StatusOr<v1::OversightLink> MakeLink(v1::OversightLink::Kind kind,
                                             const std::string& overseer,
                                             const std::string& overseen) {
    v1::CreateOversightLinkRequest request;
    request.set_request_id(test::RequestId());
    v1::OversightLink& link = *request.mutable_oversight_link();
    link.set_kind(kind);
    link.set_overseer(overseer);
    link.set_overseen(overseen);
    return Call<v1::OversightLink>("OversightLinkService/CreateOversightLink", request);
  }
  v1::Organization MadeGroup(const std::string& display_name) {
    auto wanted = Wanted(display_name);
    wanted.mutable_organization()->set_kind(v1::Organization::KIND_DISPATCHED_GROUP);
    return Create(wanted).value_or(v1::Organization());
  }
};

TEST_F(Lists, AResponsibilityBindsThePostAndItsChainNamesWhoHeldThePostOnADay) {
  const v1::Organization organ = Made("甲厅");
  const v1::Organization office = Made("办公室", organ.name());
  const v1::Post chief = MadePost(organ.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post head = MadePost(organ.name(), v1::Post::RANK_OFFICE_HEAD);
  const v1::Person first = MadePerson("S-1", organ.name());
  const v1::Person second = MadePerson("S-2", organ.name());
  auto wanted = WantedLine(head);
  wanted.mutable_responsibility()->set_leader_post(chief.name());
  wanted.mutable_responsibility()->set_office(office.name());
  const auto line = MakeLine(wanted);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->state(), v1::Responsibility::STATE_ACTIVE);
  const auto held = Assign(first.name(), head.name());
  ASSERT_TRUE(Assign(second.name(), chief.name()).ok());
  Pass(5);
  Leave(*held);
  Pass(1);
  ASSERT_TRUE(Assign(second.name(), head.name()).ok());
  const v1::ResponsibilityChain then = Chain(line->name(), kFirst + 3);
  ASSERT_THAT(then.bearer().assignments(), SizeIs(1));
  EXPECT_EQ(then.bearer().assignments(0).person(), first.name());
  EXPECT_EQ(then.bearer().post().name(), head.name());
  EXPECT_EQ(then.office().name(), office.name());
  ASSERT_THAT(then.leader().assignments(), SizeIs(1));
  EXPECT_EQ(then.leader().assignments(0).person(), second.name());
  const v1::ResponsibilityChain now = Chain(line->name(), kFirst + 6);
  ASSERT_THAT(now.bearer().assignments(), SizeIs(1));
  EXPECT_EQ(now.bearer().assignments(0).person(), second.name());
}

TEST_F(Lists, AResponsibilityIsBorneByAPostOfItsOwnOrganization) {
  const v1::Organization organ = Made("甲厅");
  const v1::Organization other = Made("乙厅");
  auto wanted = WantedLine(MadePost(organ.name(), v1::Post::RANK_PRINCIPAL_LEADER));
  wanted.mutable_responsibility()->set_organization(other.name());
  EXPECT_EQ(GuardOf(MakeLine(wanted).status()), "POST_OF_ORGANIZATION");
  wanted.mutable_responsibility()->set_organization(organ.name());
  *wanted.mutable_responsibility()->mutable_start_date() = clock::ToDate(kFirst + 1);
  EXPECT_EQ(ReasonOf(MakeLine(wanted).status()), "TIME_IN_FUTURE");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM responsibilities"), "0");
}

TEST_F(Lists, APostThatALineNamesIsAbolishedOnlyAfterTheLineHasEnded) {
  const v1::Organization organ = Made("甲厅");
  const v1::Post post = MadePost(organ.name(), v1::Post::RANK_STAFF);
  const auto line = MakeLine(WantedLine(post));
  ASSERT_TRUE(line.ok()) << line.status();
  const auto abolish = [&] {
    return Call<v1::Post>("PostService/AbolishPost", Of<v1::AbolishPostRequest>(post));
  };
  EXPECT_EQ(GuardOf(abolish().status()), kNoResponsibilities.name);
  const auto ended = Call<v1::Responsibility>("ResponsibilityService/EndResponsibility",
                                              Of<v1::EndResponsibilityRequest>(*line));
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->end_reason(), "机构调整");
  EXPECT_TRUE(abolish().ok());
  EXPECT_EQ(ReasonOf(Call<v1::Responsibility>("ResponsibilityService/EndResponsibility",
                                              Of<v1::EndResponsibilityRequest>(*ended))
                         .status()),
            "TRANSITION_NOT_ALLOWED");
}

TEST_F(Lists, ABodyHasOneTermAtATimeWhichIsPutOffAndConcludedWithinBounds) {
  const std::string body = Made("甲厅").name();
  struct Bad {
    absl::CivilDay from, due;
    std::string refusal;
  };
  for (const Bad& bad :
       {Bad{kFirst, kFirst, "DUE_AFTER_START"}, Bad{kFirst, kFirst - 1, "DUE_AFTER_START"},
        Bad{kFirst, kFirst + 3700, "DUE_AFTER_START"},
        Bad{kFirst + 1, kFirst + 700, "TIME_IN_FUTURE"}}) {
    const absl::Status refused = MakeTerm(WantedTerm(body, bad.from, bad.due)).status();
    EXPECT_THAT((std::vector{GuardOf(refused), ReasonOf(refused)}), testing::Contains(bad.refusal));
  }
  const auto term = MakeTerm(WantedTerm(body, kFirst - 1000, kFirst + 95));
  ASSERT_TRUE(term.ok()) << term.status();
  EXPECT_EQ(GuardOf(MakeTerm(WantedTerm(body, kFirst, kFirst + 700)).status()), "NO_CURRENT_TERM");
  auto extend = Of<v1::ExtendTermOfOfficeRequest>(*term);
  extend.set_document_number("浙组〔2025〕1号");
  const auto put_off = [&](absl::CivilDay day) {
    *extend.mutable_due_date() = clock::ToDate(day);
    extend.set_request_id(test::RequestId());
    return Call<v1::TermOfOffice>("TermOfOfficeService/ExtendTermOfOffice", extend);
  };
  EXPECT_EQ(GuardOf(put_off(kFirst + 95).status()), "LATER");
  EXPECT_EQ(GuardOf(put_off(kFirst + 95 + 366).status()), "ONE_YEAR_MORE");
  const auto later = put_off(kFirst + 200);
  ASSERT_TRUE(later.ok()) << later.status();
  ASSERT_THAT(later->extensions(), SizeIs(1));
  EXPECT_EQ(clock::ToDay(later->extensions(0).former_due_date()).value(), kFirst + 95);
  auto conclude = Of<v1::ConcludeTermOfOfficeRequest>(*later);
  const auto end_on = [&](absl::CivilDay day) {
    *conclude.mutable_conclude_date() = clock::ToDate(day);
    conclude.set_request_id(test::RequestId());
    return Call<v1::TermOfOffice>("TermOfOfficeService/ConcludeTermOfOffice", conclude);
  };
  EXPECT_EQ(GuardOf(end_on(kFirst + 1).status()), "CONCLUDED_IN_TIME");
  EXPECT_EQ(GuardOf(end_on(kFirst - 1001).status()), "CONCLUDED_IN_TIME");
  const auto concluded = end_on(kFirst);
  ASSERT_TRUE(concluded.ok()) << concluded.status();
  EXPECT_EQ(concluded->state(), v1::TermOfOffice::STATE_CONCLUDED);
  EXPECT_TRUE(MakeTerm(WantedTerm(body, kFirst, kFirst + 700)).ok()) << "the next one";
}

TEST_F(Lists, ATalkIsHeldOnceAboutAnAssignmentByAnother) {
  const v1::Organization organ = Made("甲厅");
  const v1::Post chief = MadePost(organ.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Person taker = MadePerson("S-1", organ.name());
  const v1::Person talker = MadePerson("S-2", organ.name());
  const auto assignment = Assign(taker.name(), chief.name());
  const auto talk = MakeTalk(*assignment);
  ASSERT_TRUE(talk.ok()) << talk.status();
  EXPECT_EQ(talk->person(), taker.name());
  EXPECT_EQ(talk->organization(), organ.name());
  EXPECT_EQ(clock::ToDay(talk->due_date()).value(), clock::AddMonths(kFirst, 1));
  EXPECT_EQ(GuardOf(MakeTalk(*assignment).status()), "NO_OTHER_TALK");
  EXPECT_EQ(GuardOf(Hold(Holding(*talk, taker.name())).status()), "ANOTHER_TALKS");
  auto late = Holding(*talk, talker.name());
  *late.mutable_held_date() = clock::ToDate(kFirst + 1);
  EXPECT_EQ(GuardOf(Hold(late).status()), "HELD_IN_TIME");
  *late.mutable_held_date() = clock::ToDate(clock::AddMonths(kFirst, -1) - 1);
  late.set_request_id(test::RequestId());
  EXPECT_EQ(GuardOf(Hold(late).status()), "HELD_IN_TIME");
  EXPECT_TRUE(absl::IsNotFound(
      Hold(Holding(*talk, "persons/00000000-0000-7000-8000-000000000000")).status()));
  const auto held = Hold(Holding(*talk, talker.name()));
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(held->state(), v1::AppointmentTalk::STATE_HELD);
  EXPECT_EQ(ReasonOf(Call<v1::AppointmentTalk>("AppointmentTalkService/CancelAppointmentTalk",
                                               Of<v1::CancelAppointmentTalkRequest>(*held))
                         .status()),
            "TRANSITION_NOT_ALLOWED");
  Leave(*assignment);
  EXPECT_EQ(GuardOf(MakeTalk(*assignment).status()), "ASSIGNMENT_CURRENT");
}

TEST_F(Lists, TwoOrganizationsAreLinkedOnceOfEachKindAndPeersEitherWayRound) {
  const v1::Organization group = MadeGroup("派驻组");
  const std::string one = Made("甲厅").name(), two = Made("乙厅").name();
  using Kind = v1::OversightLink;
  EXPECT_EQ(GuardOf(MakeLink(Kind::KIND_DISPATCHED, one, two).status()), "OVERSEER_DISPATCHED");
  EXPECT_EQ(GuardOf(MakeLink(Kind::KIND_DEPARTMENT_PEERS, one, one).status()), "TWO");
  ASSERT_TRUE(MakeLink(Kind::KIND_DISPATCHED, group.name(), one).ok());
  EXPECT_EQ(GuardOf(MakeLink(Kind::KIND_DISPATCHED, group.name(), one).status()), "NOT_LINKED");
  const auto peers = MakeLink(Kind::KIND_DEPARTMENT_PEERS, one, two);
  ASSERT_TRUE(peers.ok()) << peers.status();
  EXPECT_EQ(GuardOf(MakeLink(Kind::KIND_DEPARTMENT_PEERS, two, one).status()), "NOT_LINKED");
  ASSERT_TRUE(Call<v1::OversightLink>("OversightLinkService/EndOversightLink",
                                      Of<v1::EndOversightLinkRequest>(*peers))
                  .ok());
  EXPECT_TRUE(MakeLink(Kind::KIND_DEPARTMENT_PEERS, two, one).ok());
}

TEST_F(Lists, AMergerPassesOnWhatPostsAnswerForAndEndsTheTermAndTheOversightOfWhatEnds) {
  const v1::Organization ending = Made("甲厅");
  const v1::Organization heir = Made("乙厅");
  const v1::Organization group = MadeGroup("派驻组");
  const v1::Post chief = MadePost(ending.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const auto line = MakeLine(WantedLine(chief));
  const auto assignment = Assign(MadePerson("S-1", ending.name()).name(), chief.name());
  ASSERT_TRUE(MakeTalk(*assignment).ok());
  ASSERT_TRUE(MakeTerm(WantedTerm(ending.name(), kFirst - 10, kFirst + 95)).ok());
  ASSERT_TRUE(MakeLink(v1::OversightLink::KIND_DISPATCHED, group.name(), ending.name()).ok());
  const auto merged = Merge(Get(ending.name()), heir.name());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(Line(line->name()).organization(), heir.name());
  EXPECT_EQ(Value("SELECT HEX(organization) FROM appointment_talks"), HexOf(heir.name()));
  EXPECT_EQ(Value("SELECT state FROM terms_of_office"), "STATE_CONCLUDED");
  EXPECT_EQ(Value("SELECT CONCAT(state, ' ', end_reason) FROM oversight_links"),
            "STATE_ENDED 机构改革");
}

TEST_F(Lists, AnAbolitionEndsTheLinesOfThePostsThatGoWithIt) {
  const v1::Organization organ = Made("甲厅");
  ASSERT_TRUE(MakeLine(WantedLine(MadePost(organ.name(), v1::Post::RANK_STAFF))).ok());
  const auto abolished = Abolish(Get(organ.name()));
  ASSERT_TRUE(abolished.ok()) << abolished.status();
  EXPECT_EQ(Value("SELECT state FROM responsibilities"), "STATE_ENDED");
  EXPECT_EQ(Value("SELECT state FROM posts"), "STATE_ABOLISHED");
}

TEST_F(Lists, OnlyPostsOfPartyBodiesHaveAnOfficeInOne) {
  const v1::Organization organ = Made("甲厅");
  auto wanted = Wanted("机关党委", organ.name());
  wanted.mutable_organization()->set_kind(v1::Organization::KIND_PARTY_BODY);
  wanted.mutable_organization()->set_party_body_type(v1::Organization::PARTY_BODY_TYPE_COMMITTEE);
  const auto body = Create(wanted);
  ASSERT_TRUE(body.ok()) << body.status();
  for (const auto& [organization, taken] : {std::pair(organ.name(), false), {body->name(), true}}) {
    v1::CreatePostRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_post()->set_display_name("书记");
    request.mutable_post()->set_organization(organization);
    request.mutable_post()->set_rank(v1::Post::RANK_PRINCIPAL_LEADER);
    request.mutable_post()->set_party_office(v1::Post::PARTY_OFFICE_SECRETARY);
    EXPECT_EQ(Call<v1::Post>("PostService/CreatePost", request).ok(), taken) << organization;
  }
}

}  // namespace
}  // namespace qinglian::organization
