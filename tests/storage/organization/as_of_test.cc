// Organizations as they were, and as they were known.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "tests/storage/organization/registry.h"
#include "tests/support/identity.h"

namespace qinglian::organization {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Business time begins on 10 March 2025.
constexpr absl::CivilDay kFirst(2025, 3, 10);

class AsOf : public RegistryTest {
 protected:
  void Pass(int days) { served_.business_clock().Advance(absl::Hours(24 * days)); }

  v1::Organization Changed(const std::string& name, void (*change)(v1::Organization&)) {
    v1::UpdateOrganizationRequest request;
    request.mutable_organization()->set_name(name);
    change(*request.mutable_organization());
    request.set_request_id(test::RequestId());
    const auto changed = Call<v1::Organization>("OrganizationService/UpdateOrganization", request);
    EXPECT_TRUE(changed.ok()) << changed.status();
    return changed.value_or(v1::Organization());
  }

  absl::StatusOr<v1::Organization> On(absl::CivilDay day, const std::string& name,
                                      const rpc::CallOptions& caller = test::CallAs("persons/p")) {
    v1::GetOrganizationRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    return served_.Call<v1::Organization>(
        "/qinglian.organization.v1.OrganizationService/GetOrganization", request, caller);
  }

  absl::StatusOr<v1::Organization> Known(absl::Time time, absl::CivilDay day,
                                         const std::string& name) {
    v1::GetOrganizationRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    *request.mutable_known_time() = clock::ToTimestamp(time);
    return Call<v1::Organization>("OrganizationService/GetOrganization", request);
  }

  absl::StatusOr<v1::ListOrganizationsResponse> List(
      const v1::ListOrganizationsRequest& request,
      const rpc::CallOptions& caller = test::CallAs("persons/p")) {
    return served_.Call<v1::ListOrganizationsResponse>(
        "/qinglian.organization.v1.OrganizationService/ListOrganizations", request, caller);
  }

  // The short forms of what lay below a root on a day, in pages of two.
  std::vector<std::string> Below(const std::string& root, absl::CivilDay day,
                                 const rpc::CallOptions& caller = test::CallAs("persons/p")) {
    v1::ListOrganizationsRequest request;
    request.set_subtree(root);
    request.set_page_size(2);
    *request.mutable_as_of_date() = clock::ToDate(day);
    std::vector<std::string> names;
    do {
      const auto page = List(request, caller);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const auto& organization : page->organizations())
        names.push_back(organization.display_name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
};

TEST_F(AsOf, AnOrganizationIsReadWithAllItsFieldsAsTheyWereOnThatDay) {
  const v1::Organization root = Made("省政府");
  auto wanted = Wanted("财政厅");
  wanted.mutable_organization()->set_contact("旧址");
  wanted.mutable_organization()->set_competent_department(root.name());
  auto* identifier = wanted.mutable_organization()->add_external_identifiers();
  identifier->set_source("register");
  identifier->set_id("1");
  const auto first = Create(wanted);
  ASSERT_TRUE(first.ok()) << first.status();
  Pass(30);
  const v1::Organization second = Changed(first->name(), [](v1::Organization& o) {
    o.set_display_name("财政和税务厅");
    o.set_contact("新址");
    o.mutable_founding_date()->set_year(1950);
    o.mutable_founding_date()->set_month(1);
    o.mutable_founding_date()->set_day(1);
  });
  Pass(30);
  const auto third = Move(second, root.name());
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(On(kFirst, first->name())->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(On(kFirst + 29, first->name())->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(On(kFirst + 30, first->name())->SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(On(kFirst + 60, first->name())->SerializeAsString(), third->SerializeAsString());
}

TEST_F(AsOf, BeforeItWasThereItIsNotFoundAndADayOrTimeToComeIsRefused) {
  const v1::Organization body = Made("财政厅");
  EXPECT_TRUE(absl::IsNotFound(On(kFirst - 1, body.name()).status()));
  const auto refused = [](const absl::Status& status, const char* field) {
    EXPECT_EQ(status::ReasonOf(status), "TIME_IN_FUTURE") << status;
    EXPECT_EQ(status::MetadataOf(status, "field"), field);
  };
  refused(On(kFirst + 1, body.name()).status(), "as_of_date");
  refused(Known(absl::Now() + absl::Hours(1), kFirst, body.name()).status(), "known_time");
  v1::ListOrganizationsRequest request;
  *request.mutable_as_of_date() = clock::ToDate(kFirst + 1);
  refused(List(request).status(), "as_of_date");
  v1::GetOrganizationRequest wrong;
  wrong.set_name(body.name());
  wrong.mutable_as_of_date()->set_year(2025);
  wrong.mutable_as_of_date()->set_month(2);
  wrong.mutable_as_of_date()->set_day(30);
  EXPECT_TRUE(absl::IsInvalidArgument(
      Call<v1::Organization>("OrganizationService/GetOrganization", wrong).status()));
}

TEST_F(AsOf, WhatWasKnownThenIsToldApartFromWhatIsKnownNow) {
  const v1::Organization body = Made("财政厅");
  const absl::Time before = absl::Now();
  // On the same day: what was recorded first was never true.
  Changed(body.name(), [](v1::Organization& o) { o.set_display_name("财政局"); });
  const absl::Time between = absl::Now();
  Pass(10);
  Changed(body.name(), [](v1::Organization& o) { o.set_display_name("财政委员会"); });
  EXPECT_EQ(Known(before, kFirst, body.name())->display_name(), "财政厅");
  EXPECT_EQ(Known(between, kFirst, body.name())->display_name(), "财政局");
  EXPECT_EQ(On(kFirst, body.name())->display_name(), "财政局");
  // Then it was thought that the name would stay.
  EXPECT_EQ(Known(between, kFirst + 10, body.name())->display_name(), "财政局");
  EXPECT_EQ(On(kFirst + 10, body.name())->display_name(), "财政委员会");
  EXPECT_TRUE(absl::IsNotFound(Known(before - absl::Hours(1), kFirst, body.name()).status()));
}

TEST_F(AsOf, ASubtreeHoldsWhatLayBelowItsRootOnThatDay) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization division = Made("一处", here.name());
  Made("一科", division.name());
  Pass(30);
  ASSERT_TRUE(Move(division, there.name()).ok());
  Made("新处", here.name());
  EXPECT_THAT(Below(here.name(), kFirst + 29), UnorderedElementsAre("甲厅", "一处", "一科"));
  EXPECT_THAT(Below(there.name(), kFirst + 29), UnorderedElementsAre("乙厅"));
  EXPECT_THAT(Below(here.name(), kFirst + 30), UnorderedElementsAre("甲厅", "新处"));
  EXPECT_THAT(Below(there.name(), kFirst + 30), UnorderedElementsAre("乙厅", "一处", "一科"));
  v1::ListOrganizationsRequest request;
  request.set_subtree(here.name());
  *request.mutable_as_of_date() = clock::ToDate(kFirst - 1);
  EXPECT_TRUE(absl::IsNotFound(List(request).status()));
}

TEST_F(AsOf, APageTokenOfOneDayIsRefusedForAnother) {
  const v1::Organization root = Made("甲厅");
  Made("一处", root.name());
  Pass(1);
  v1::ListOrganizationsRequest request;
  request.set_page_size(1);
  *request.mutable_as_of_date() = clock::ToDate(kFirst);
  const auto page = List(request);
  ASSERT_TRUE(page.ok()) << page.status();
  request.set_page_token(page->next_page_token());
  EXPECT_TRUE(List(request).ok());
  *request.mutable_as_of_date() = clock::ToDate(kFirst + 1);
  EXPECT_EQ(status::ReasonOf(List(request).status()), "PAGE_TOKEN_INVALID");
  request.clear_as_of_date();
  EXPECT_EQ(status::ReasonOf(List(request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(AsOf, AFilterComparesWhatWasThen) {
  const v1::Organization body = Made("财政厅");
  Pass(1);
  Changed(body.name(), [](v1::Organization& o) { o.set_display_name("税务厅"); });
  v1::ListOrganizationsRequest request;
  request.set_filter("display_name = \"财政厅\"");
  EXPECT_THAT(List(request)->organizations(), IsEmpty());
  *request.mutable_as_of_date() = clock::ToDate(kFirst);
  EXPECT_EQ(List(request)->organizations_size(), 1);
}

// Otherwise who is cut off from a subtree could go on reading it by its past.
TEST_F(AsOf, WhoMaySeeItTodaySeesWhatItWasAndNobodyElse) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization division = Made("一处", here.name());
  Pass(30);
  ASSERT_TRUE(Move(division, there.name()).ok());
  const auto of = [](const v1::Organization& organization) {
    return test::CallAs("persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11",
                        {test::GrantOf("roles/organ", organization.name())});
  };
  EXPECT_TRUE(On(kFirst, division.name(), of(there)).ok());
  const auto hidden = On(kFirst, division.name(), of(here));
  EXPECT_TRUE(absl::IsNotFound(hidden.status())) << hidden.status();
  EXPECT_THAT(Below(here.name(), kFirst, of(here)), UnorderedElementsAre("甲厅"));
  EXPECT_THAT(Below("", kFirst, of(there)), UnorderedElementsAre("乙厅", "一处"));
}

TEST_F(AsOf, TodayIsWhatIsThereNowAfterAnyStorm) {
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i)
    names.push_back(Made(absl::StrCat("单位", i), i < 3 ? "" : names[i % 3]).name());
  std::mt19937 random(1);
  std::map<absl::CivilDay, std::map<std::string, std::string>> days;
  const auto note = [&](absl::CivilDay day) {
    for (const std::string& name : names) days[day][name] = Get(name).SerializeAsString();
  };
  for (int day = 0; day < 20; ++day) {
    for (int i = 0; i < 6; ++i) {
      const std::string& name = names[random() % names.size()];
      if (random() % 2 == 0) {
        Changed(name, [](v1::Organization& o) {
          static int serial = 0;
          o.set_display_name(absl::StrCat("改名", ++serial));
        });
      } else {
        (void)Move(Get(name), names[random() % names.size()]);
      }
    }
    note(kFirst + day);
    Pass(1);
  }
  for (const auto& [day, state] : days) {
    for (const auto& [name, then] : state) {
      EXPECT_EQ(On(day, name)->SerializeAsString(), then) << day;
    }
  }
}

}  // namespace
}  // namespace qinglian::organization
