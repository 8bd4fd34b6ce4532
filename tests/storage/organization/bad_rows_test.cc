// Every kind of bad row: which field it is refused for, and for which reason. Good rows beside it
// come in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/storage/organization/importing.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAreArray;

constexpr char kFreeCode[] = "91350100M000100Y43";
constexpr char kNobody[] = "organizations/00000000-0000-7000-8000-000000000001";

std::string Long(size_t characters) {
  std::string text;
  for (size_t i = 0; i < characters; ++i) text += "长";
  return text;
}

// A kind of bad row and what is said of it: "field REASON".
template <class Row>
struct Kind {
  const char* said;
  std::function<void(Row&)> spoil;
};

template <class Row>
std::vector<std::string> SaidOf(const std::vector<Kind<Row>>& kinds) {
  std::vector<std::string> said;
  for (size_t i = 0; i < kinds.size(); ++i) said.push_back(absl::StrCat(i, " ", kinds[i].said));
  return said;
}

v1::Organization& Body(v1::ImportRow& row) { return *row.mutable_organization(); }
v1::ExternalIdentifier& First(v1::ImportRow& row) {
  return *Body(row).mutable_external_identifiers(0);
}
v1::ExternalIdentifier& Another(v1::ImportRow& row, const std::string& source,
                                const std::string& id) {
  v1::ExternalIdentifier& identifier = *Body(row).add_external_identifiers();
  identifier.set_source(source);
  identifier.set_id(id);
  return identifier;
}

google::type::Date Day(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

using Kinds = std::vector<Kind<v1::ImportRow>>;
using Row = v1::ImportRow;

Kinds TextKinds() {
  return {
      {"display_name FIELDS_INVALID", [](Row& r) { Body(r).clear_display_name(); }},
      {"display_name FIELDS_INVALID", [](Row& r) { Body(r).set_display_name("局"); }},
      {"display_name FIELDS_INVALID", [](Row& r) { Body(r).set_display_name(Long(121)); }},
      {"display_name FIELDS_INVALID", [](Row& r) { Body(r).set_display_name("财政\n局"); }},
      {"display_name FIELDS_INVALID", [](Row& r) { Body(r).set_display_name("财政\t局"); }},
      {"short_name FIELDS_INVALID", [](Row& r) { Body(r).set_short_name(Long(61)); }},
      {"short_name FIELDS_INVALID", [](Row& r) { Body(r).set_short_name("财\n局"); }},
      {"contact FIELDS_INVALID", [](Row& r) { Body(r).set_contact(Long(201)); }},
      {"contact FIELDS_INVALID", [](Row& r) { Body(r).set_contact("一行\n两行"); }},
      {"credit_code FIELDS_INVALID", [](Row& r) { Body(r).set_credit_code("91330000000000000X"); }},
      {"credit_code FIELDS_INVALID", [](Row& r) { Body(r).set_credit_code("短"); }},
      {"credit_code FIELDS_INVALID", [](Row& r) { Body(r).set_credit_code("91350100m000100y43"); }},
      {"credit_code FIELDS_INVALID", [](Row& r) { Body(r).set_credit_code(Long(18)); }},
      {"founding_date FIELDS_INVALID",
       [](Row& r) { *Body(r).mutable_founding_date() = Day(2023, 2, 29); }},
      {"founding_date FIELDS_INVALID",
       [](Row& r) { *Body(r).mutable_founding_date() = Day(2023, 13, 1); }},
      {"founding_date FIELDS_INVALID",
       [](Row& r) { *Body(r).mutable_founding_date() = Day(10000, 1, 1); }}};
}

Kinds ValueKinds() {
  using O = v1::Organization;
  return {{"kind FIELDS_INVALID", [](Row& r) { Body(r).clear_kind(); }},
          {"kind FIELDS_INVALID", [](Row& r) { Body(r).set_kind(static_cast<O::Kind>(99)); }},
          {"level FIELDS_INVALID", [](Row& r) { Body(r).clear_level(); }},
          {"level FIELDS_INVALID",
           [](Row& r) { Body(r).set_level(static_cast<v1::Division::Level>(99)); }},
          {"party_body_type FIELDS_INVALID",
           [](Row& r) { Body(r).set_party_body_type(O::PARTY_BODY_TYPE_BRANCH); }},
          {"party_body_type FIELDS_INVALID", [](Row& r) { Body(r).set_kind(O::KIND_PARTY_BODY); }},
          {"party_body_type FIELDS_INVALID",
           [](Row& r) {
             Body(r).set_kind(O::KIND_PARTY_BODY);
             Body(r).set_party_body_type(static_cast<O::PartyBodyType>(99));
           }},
          {"division FIELDS_INVALID", [](Row& r) { Body(r).clear_division(); }},
          {"division FIELDS_INVALID", [](Row& r) { Body(r).set_division("33"); }},
          {"division FIELDS_INVALID", [](Row& r) { Body(r).set_division("divisions/"); }},
          {"division REFERENCE_NOT_FOUND", [](Row& r) { Body(r).set_division("divisions/99"); }}};
}

Kinds IdentifierKinds() {
  return {
      {"external_identifiers FIELDS_INVALID", [](Row& r) { Body(r).clear_external_identifiers(); }},
      {"external_identifiers[0].source FIELDS_INVALID", [](Row& r) { First(r).clear_source(); }},
      {"external_identifiers[0].source FIELDS_INVALID",
       [](Row& r) { First(r).set_source("Zhejiang"); }},
      {"external_identifiers[0].source FIELDS_INVALID",
       [](Row& r) { First(r).set_source("-zhejiang"); }},
      {"external_identifiers[0].source FIELDS_INVALID",
       [](Row& r) { First(r).set_source(std::string(41, 'z')); }},
      {"external_identifiers[0].id FIELDS_INVALID", [](Row& r) { First(r).clear_id(); }},
      {"external_identifiers[0].id FIELDS_INVALID", [](Row& r) { First(r).set_id(Long(101)); }},
      {"external_identifiers[0].id FIELDS_INVALID", [](Row& r) { First(r).set_id("a\nb"); }},
      {"external_identifiers[1].source FIELDS_INVALID",
       [](Row& r) { Another(r, "zhejiang", "second"); }},
      {"external_identifiers[1].id FIELDS_INVALID", [](Row& r) { Another(r, "other", ""); }},
      {"external_identifiers FIELDS_INVALID",
       [](Row& r) {
         for (int i = 0; i < 20; ++i) Another(r, absl::StrCat("s", i), "x");
       }},
      {"external_identifiers FIELDS_INVALID", [](Row& r) { First(r).set_id("root"); }},
      {"external_identifiers RESOURCE_EXISTS", [](Row& r) { Another(r, "other", "taken"); }}};
}

Kinds PlaceKinds() {
  return {{"parent REFERENCE_NOT_FOUND", [](Row& r) { r.set_parent_external_id("nowhere"); }},
          {"parent REFERENCE_NOT_FOUND", [](Row& r) { r.set_parent_source("nobody"); }},
          {"parent REFERENCE_NOT_FOUND", [](Row& r) { r.set_parent_external_id(First(r).id()); }},
          {"parent REFERENCE_NOT_FOUND",
           [](Row& r) {
             r.clear_parent_external_id();
             Body(r).set_parent(kNobody);
           }},
          {"parent FIELDS_INVALID",
           [](Row& r) {
             r.clear_parent_external_id();
             Body(r).set_parent("persons/00000000-0000-7000-8000-000000000001");
           }},
          {" RESOURCE_ENDED", [](Row& r) { r.set_parent_external_id("ended"); }},
          {" GUARD_NOT_MET", [](Row& r) { r.set_parent_external_id("level-16"); }},
          {" RESOURCE_ENDED", [](Row& r) { First(r).set_id("ended"); }},
          {"competent_department REFERENCE_NOT_FOUND",
           [](Row& r) { r.set_competent_department_external_id("nowhere"); }},
          {"competent_department REFERENCE_NOT_FOUND",
           [](Row& r) {
             r.set_competent_department_external_id("root");
             r.set_competent_department_source("nobody");
           }},
          {"competent_department FIELDS_INVALID",
           [](Row& r) { Body(r).set_competent_department("财政厅"); }},
          {"credit_code RESOURCE_EXISTS", [](Row& r) { Body(r).set_credit_code(kFreeCode); }}};
}

class BadRows : public ImportingTest {
 protected:
  void SetUp() override {
    OrganizationRows rows = {Row(1, "root"), Row(2, "ended"), Row(3, "coded", "root")};
    rows[2].mutable_organization()->set_credit_code(kFreeCode);
    v1::ExternalIdentifier& taken = *rows[2].mutable_organization()->add_external_identifiers();
    taken.set_source("other");
    taken.set_id("taken");
    std::string superior = "root";
    for (int level = 2; level <= 16; ++level) {
      const std::string id = absl::StrCat("level-", level);
      rows.push_back(Row(level, id, superior));
      superior = id;
    }
    ASSERT_EQ(Organizations({}, {rows}).created, 18);
    v1::LookupOrganizationRequest lookup;
    lookup.mutable_external_identifier()->set_source("zhejiang");
    lookup.mutable_external_identifier()->set_id("ended");
    const auto known = Call<v1::Organization>("OrganizationService/LookupOrganization", lookup);
    ASSERT_TRUE(known.ok()) << known.status();
    v1::AbolishOrganizationRequest abolish;
    abolish.set_name(known->name());
    abolish.set_etag(known->etag());
    abolish.set_reason("机构改革");
    abolish.set_request_id(test::RequestId());
    ASSERT_TRUE(Call<v1::Organization>("OrganizationService/AbolishOrganization", abolish).ok());
  }
};

TEST_F(BadRows, OfOrganizationsAreRefusedWithFieldAndReason) {
  Kinds kinds;
  for (const Kinds& some : {TextKinds(), ValueKinds(), IdentifierKinds(), PlaceKinds()})
    kinds.insert(kinds.end(), some.begin(), some.end());
  OrganizationRows rows = {Row(1000, "root")};
  for (size_t i = 0; i < kinds.size(); ++i) {
    v1::ImportRow row = Row(static_cast<int64_t>(i), absl::StrCat("bad-", i), "root");
    kinds[i].spoil(row);
    rows.push_back(std::move(row));
    rows.push_back(Row(2000, absl::StrCat("good-", i), "root"));
  }
  v1::ImportOrganizationsRequest rehearsal;
  rehearsal.set_validate_only(true);
  for (const auto& terms : {rehearsal, v1::ImportOrganizationsRequest()}) {
    const Outcome outcome = Organizations(terms, {rows});
    EXPECT_THAT(outcome.refused, ElementsAreArray(SaidOf(kinds)));
    EXPECT_EQ(outcome.created, static_cast<int>(kinds.size()));
    EXPECT_EQ(outcome.unchanged, 1);
  }
}

using PersonKinds = std::vector<Kind<v1::ImportPersonRow>>;
using PRow = v1::ImportPersonRow;

v1::ImportPersonRow::HeldPost& Held(PRow& row) { return *row.mutable_posts(0); }
v1::Post& PostOf(PRow& row) { return *Held(row).mutable_post(); }

PersonKinds PersonFieldKinds() {
  using P = v1::Person;
  return {
      {"display_name FIELDS_INVALID", [](PRow& r) { r.mutable_person()->clear_display_name(); }},
      {"display_name FIELDS_INVALID", [](PRow& r) { r.mutable_person()->set_display_name("李"); }},
      {"display_name FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_display_name(Long(61)); }},
      {"display_name FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_display_name("李\n示例"); }},
      {"staff_number FIELDS_INVALID", [](PRow& r) { r.mutable_person()->clear_staff_number(); }},
      {"staff_number FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_staff_number("工号"); }},
      {"staff_number FIELDS_INVALID", [](PRow& r) { r.mutable_person()->set_staff_number("A 1"); }},
      {"staff_number FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_staff_number(std::string(41, '1')); }},
      {"staff_number FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_staff_number("KNOWN"); }},
      {"party_membership FIELDS_INVALID",
       [](PRow& r) {
         r.mutable_person()->set_party_membership(static_cast<P::PartyMembership>(99));
       }},
      {"employment_state FIELDS_INVALID",
       [](PRow& r) {
         r.mutable_person()->set_employment_state(static_cast<P::EmploymentState>(99));
       }},
      {"identity_number FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_identity_number("1"); }},
      {"identity_number FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_identity_number("990000197001010000"); }},
      {"organization FIELDS_INVALID", [](PRow& r) { r.clear_organization_identifier(); }},
      {"organization REFERENCE_NOT_FOUND",
       [](PRow& r) { r.mutable_organization_identifier()->set_id("nowhere"); }},
      {"organization REFERENCE_NOT_FOUND",
       [](PRow& r) { r.mutable_organization_identifier()->set_source("nobody"); }},
      {"organization REFERENCE_NOT_FOUND",
       [](PRow& r) { r.mutable_person()->set_organization(kNobody); }},
      {"organization FIELDS_INVALID",
       [](PRow& r) { r.mutable_person()->set_organization("财政厅"); }},
      {" RESOURCE_ENDED", [](PRow& r) { r.mutable_organization_identifier()->set_id("ended"); }}};
}

PersonKinds HeldPostKinds() {
  return {{"posts[0].display_name FIELDS_INVALID", [](PRow& r) { PostOf(r).clear_display_name(); }},
          {"posts[0].display_name FIELDS_INVALID",
           [](PRow& r) { PostOf(r).set_display_name(Long(81)); }},
          {"posts[0].display_name FIELDS_INVALID",
           [](PRow& r) { PostOf(r).set_display_name("局\n长"); }},
          {"posts[0].rank FIELDS_INVALID", [](PRow& r) { PostOf(r).clear_rank(); }},
          {"posts[0].rank FIELDS_INVALID",
           [](PRow& r) { PostOf(r).set_rank(static_cast<v1::Post::Rank>(99)); }},
          {"posts[0].head_count FIELDS_INVALID", [](PRow& r) { PostOf(r).set_head_count(-1); }},
          {"posts[0].head_count FIELDS_INVALID", [](PRow& r) { PostOf(r).set_head_count(1001); }},
          {"posts[0].document_number FIELDS_INVALID",
           [](PRow& r) { Held(r).set_document_number(Long(81)); }},
          {"posts[0].document_number FIELDS_INVALID",
           [](PRow& r) { Held(r).set_document_number("一\n二"); }},
          {"posts[0].start_date FIELDS_INVALID",
           [](PRow& r) { *Held(r).mutable_start_date() = Day(2023, 2, 29); }},
          {"posts[0].start_date TIME_IN_FUTURE",
           [](PRow& r) { *Held(r).mutable_start_date() = Day(9998, 1, 1); }},
          {"posts[0].organization REFERENCE_NOT_FOUND",
           [](PRow& r) { PostOf(r).set_organization(kNobody); }},
          {"posts[0].organization REFERENCE_NOT_FOUND",
           [](PRow& r) { Held(r).mutable_organization_identifier()->set_id("nowhere"); }},
          {"posts[0] RESOURCE_ENDED",
           [](PRow& r) {
             Held(r).mutable_organization_identifier()->set_source("zhejiang");
             Held(r).mutable_organization_identifier()->set_id("ended");
           }},
          {"posts[0] GUARD_NOT_MET",
           [](PRow& r) {
             PostOf(r).set_display_name("厅长");
             PostOf(r).set_head_count(1);
           }},
          {"posts[0] GUARD_NOT_MET", [](PRow& r) { r.mutable_person()->clear_employment_state(); }},
          {"posts[0] GUARD_NOT_MET", [](PRow& r) {
             r.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_LEFT);
           }}};
}

TEST_F(BadRows, OfPersonsAreRefusedWithFieldAndReason) {
  PersonKinds kinds;
  for (const PersonKinds& some : {PersonFieldKinds(), HeldPostKinds()})
    kinds.insert(kinds.end(), some.begin(), some.end());
  PersonRows rows = {Holding(PersonRow(1000, "KNOWN", "root"), "厅长")};
  for (size_t i = 0; i < kinds.size(); ++i) {
    PRow row =
        Holding(PersonRow(static_cast<int64_t>(i), absl::StrCat("BAD-", i), "root"), "科员", 1000);
    kinds[i].spoil(row);
    rows.push_back(std::move(row));
    rows.push_back(Holding(PersonRow(2000, absl::StrCat("GOOD-", i), "root"), "科员", 1000));
  }
  v1::ImportPersonsRequest rehearsal;
  rehearsal.set_validate_only(true);
  for (const auto& terms : {rehearsal, v1::ImportPersonsRequest()}) {
    const Outcome outcome = Persons(terms, {rows});
    EXPECT_THAT(outcome.refused, ElementsAreArray(SaidOf(kinds)));
    EXPECT_EQ(outcome.created, static_cast<int>(kinds.size()) + 1);
  }
  EXPECT_EQ(Count("posts"), "2");
}

}  // namespace
}  // namespace qinglian::organization
