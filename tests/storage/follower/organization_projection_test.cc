// What a service knows of organizations after the changes it was told, and what it answers of it.
#include "services/organization/follower/organization_projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "migrations/test_follower_migrations.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "services/organization/follower/registry.h"
#include "tests/support/database.h"

namespace qinglian::organization::follower {
namespace {

using journal::v1::Change;
using ::testing::ElementsAre;

class OrganizationFollower : public ::testing::Test {
 protected:
  OrganizationFollower() : database_(test::follower::Migrations()), connection_(database_.Open()) {}

  // Applies a resource as a change of the next version.
  template <class T>
  absl::Status Tell(const T& resource) {
    Change change;
    change.set_resource(resource.name());
    change.set_version(++version_);
    change.set_kind(T::descriptor()->full_name());
    change.mutable_after()->PackFrom(resource);
    return projection_.Apply(*connection_, change);
  }

  v1::Organization MakeOrganization(const std::string& parent = "") {
    v1::Organization organization;
    organization.set_name(NewName("organizations"));
    organization.set_parent(parent);
    organization.set_display_name("青田县水利局");
    organization.set_kind(v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
    organization.set_state(v1::Organization::STATE_ACTIVE);
    organization.set_division("divisions/331121");
    organization.set_level(v1::Division::LEVEL_COUNTY);
    return organization;
  }

  std::string AddOrganization(const std::string& parent = "") {
    const v1::Organization organization = MakeOrganization(parent);
    EXPECT_EQ(Tell(organization), absl::OkStatus());
    return organization.name();
  }

  absl::Status Move(const std::string& name, const std::string& parent) {
    v1::Organization organization = MakeOrganization(parent);
    organization.set_name(name);
    return Tell(organization);
  }

  std::string AddPost(const std::string& organization, v1::Post::Rank rank) {
    v1::Post post;
    post.set_name(NewName("posts"));
    post.set_organization(organization);
    post.set_rank(rank);
    post.set_state(v1::Post::STATE_ACTIVE);
    EXPECT_EQ(Tell(post), absl::OkStatus());
    return post.name();
  }

  v1::Assignment Assign(const std::string& person, const std::string& post) {
    const auto known = FindPost(*connection_, post);
    v1::Assignment assignment;
    assignment.set_name(NewName("assignments"));
    assignment.set_person(person);
    assignment.set_post(post);
    assignment.set_organization((*known)->organization);
    assignment.set_rank((*known)->rank);
    assignment.set_state(v1::Assignment::STATE_CURRENT);
    *assignment.mutable_start_date() = clock::ToDate(absl::CivilDay(2025, 3, 1));
    EXPECT_EQ(Tell(assignment), absl::OkStatus());
    return assignment;
  }

  std::string AddPerson(const std::string& organization) {
    v1::Person person;
    person.set_name(NewName("persons"));
    person.set_organization(organization);
    person.set_display_name("某人");
    person.set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
    EXPECT_EQ(Tell(person), absl::OkStatus());
    return person.name();
  }

  static std::string NewName(const std::string& collection) {
    return id::FormatName(collection, id::Uuid::NewV7(absl::Now()));
  }

  static std::string Id(const std::string& name) {
    return id::ParseName(id::CollectionOf(name), name)->Bytes();
  }

  // The path of an organization, empty for none.
  std::string Path(const std::string& name) {
    auto rows = connection_->Query("SELECT path FROM known_organizations WHERE id = ?", {Id(name)});
    return rows->Next() ? rows->Bytes(0) : "missing";
  }

  bool Below(const std::string& organization, const std::string& root) {
    return *IsBelow(*connection_, organization, root);
  }

  test::TestDatabase database_;
  std::unique_ptr<mysql::Connection> connection_;
  OrganizationProjection projection_;
  int64_t version_ = 0;
};

TEST_F(OrganizationFollower, AMoveTakesTheWholeSubtreeAlong) {
  const std::string province = AddOrganization();
  const std::string city = AddOrganization(province);
  const std::string other_city = AddOrganization(province);
  const std::string county = AddOrganization(city);
  const std::string office = AddOrganization(county);

  ASSERT_EQ(Move(county, other_city), absl::OkStatus());

  EXPECT_EQ(Path(office), Id(province) + Id(other_city) + Id(county) + Id(office));
  EXPECT_TRUE(Below(office, other_city));
  EXPECT_TRUE(Below(county, county));
  EXPECT_FALSE(Below(office, city));
  EXPECT_FALSE(Below(other_city, county));
}

TEST_F(OrganizationFollower, AnOrganizationThatComesBeforeThoseAboveItGetsItsPathWithThem) {
  const v1::Organization province = MakeOrganization();
  const v1::Organization city = MakeOrganization(province.name());
  const v1::Organization county = MakeOrganization(city.name());

  ASSERT_EQ(Tell(county), absl::OkStatus());
  EXPECT_EQ(Path(county.name()), "");
  ASSERT_EQ(Tell(city), absl::OkStatus());
  EXPECT_EQ(Path(county.name()), "");
  EXPECT_FALSE(Below(county.name(), city.name()));
  ASSERT_EQ(Tell(province), absl::OkStatus());

  EXPECT_EQ(Path(county.name()), Id(province.name()) + Id(city.name()) + Id(county.name()));
  EXPECT_TRUE(Below(county.name(), province.name()));
}

TEST_F(OrganizationFollower, ASubtreeMovedBelowWhatIsNotKnownYetComesBackWithIt) {
  const std::string province = AddOrganization();
  const std::string county = AddOrganization(province);
  const std::string office = AddOrganization(county);
  const v1::Organization city = MakeOrganization(province);

  ASSERT_EQ(Move(county, city.name()), absl::OkStatus());
  EXPECT_EQ(Path(office), "");
  EXPECT_FALSE(Below(office, province));
  ASSERT_EQ(Tell(city), absl::OkStatus());

  EXPECT_EQ(Path(office), Id(province) + Id(city.name()) + Id(county) + Id(office));
}

TEST_F(OrganizationFollower, TwoThatASnapshotShowsBelowEachOtherComeApartWithTheNextChange) {
  const std::string root = AddOrganization();
  const std::string above = AddOrganization(root);
  const std::string below = AddOrganization(above);
  const std::string leaf = AddOrganization(below);

  // The image of `above` was read after both moves, that of `below` before them.
  ASSERT_EQ(Move(above, below), absl::OkStatus());
  EXPECT_EQ(Path(leaf), "");
  ASSERT_EQ(Move(below, root), absl::OkStatus());

  EXPECT_EQ(Path(below), Id(root) + Id(below));
  EXPECT_EQ(Path(above), Id(root) + Id(below) + Id(above));
  EXPECT_EQ(Path(leaf), Id(root) + Id(below) + Id(leaf));
}

TEST_F(OrganizationFollower, PathsAreThoseOfParentsHoweverOrganizationsMove) {
  std::map<std::string, std::string> parent_of;
  std::vector<std::string> names;
  uint32_t state = 7;
  const auto random = [&state](size_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  for (int i = 0; i < 30; ++i) {
    const std::string parent = i == 0 ? "" : names[random(names.size())];
    names.push_back(AddOrganization(parent));
    parent_of[names.back()] = parent;
  }
  const auto path_of = [&](const std::string& name) {
    std::string path;
    for (std::string at = name; !at.empty(); at = parent_of[at]) path = Id(at) + path;
    return path;
  };
  for (int i = 0; i < 100; ++i) {
    const std::string& moved = names[1 + random(names.size() - 1)];
    const std::string& parent = names[random(names.size())];
    if (path_of(parent).starts_with(path_of(moved))) continue;
    ASSERT_EQ(Move(moved, parent), absl::OkStatus());
    parent_of[moved] = parent;
  }
  for (const std::string& name : names) EXPECT_EQ(Path(name), path_of(name));
}

TEST_F(OrganizationFollower, APostIsHeldWhileTheAssignmentLasts) {
  const std::string bureau = AddOrganization();
  const std::string person = AddPerson(bureau);
  const std::string post = AddPost(bureau, v1::Post::RANK_LEADER_IN_CHARGE);
  EXPECT_FALSE(*HoldsRank(*connection_, person, bureau, v1::Post::RANK_STAFF));
  v1::Assignment assignment = Assign(person, post);
  EXPECT_TRUE(*HoldsRank(*connection_, person, bureau, v1::Post::RANK_STAFF));

  assignment.set_state(v1::Assignment::STATE_ENDED);
  *assignment.mutable_end_date() = clock::ToDate(absl::CivilDay(2025, 6, 30));
  ASSERT_EQ(Tell(assignment), absl::OkStatus());

  EXPECT_FALSE(*HoldsRank(*connection_, person, bureau, v1::Post::RANK_STAFF));
  EXPECT_TRUE(HoldersOf(*connection_, post)->empty());
}

TEST_F(OrganizationFollower, ARankIsHeldByWhoeverHoldsItOrAHigherOneInThatOrganization) {
  const std::string bureau = AddOrganization();
  const std::string other = AddOrganization(bureau);
  const std::string deputy = AddPerson(bureau);
  Assign(deputy, AddPost(bureau, v1::Post::RANK_LEADER_IN_CHARGE));

  EXPECT_FALSE(*HoldsRank(*connection_, deputy, bureau, v1::Post::RANK_PRINCIPAL_LEADER));
  EXPECT_TRUE(*HoldsRank(*connection_, deputy, bureau, v1::Post::RANK_LEADER_IN_CHARGE));
  EXPECT_TRUE(*HoldsRank(*connection_, deputy, bureau, v1::Post::RANK_STAFF));
  EXPECT_FALSE(*HoldsRank(*connection_, deputy, other, v1::Post::RANK_STAFF));
  EXPECT_FALSE(*HoldsRank(*connection_, "clients/importer", bureau, v1::Post::RANK_STAFF));
}

TEST_F(OrganizationFollower, ARankAboveIsHeldInAnyOrganizationAboveAndNoOther) {
  const std::string province = AddOrganization();
  const std::string city = AddOrganization(province);
  const std::string bureau = AddOrganization(city);
  const std::string beside = AddOrganization(province);
  const std::string leader = AddPerson(province);
  Assign(leader, AddPost(province, v1::Post::RANK_LEADER_IN_CHARGE));

  const auto above = [&](const std::string& organization, v1::Post::Rank rank) {
    return *HoldsRankAbove(*connection_, leader, organization, rank);
  };
  for (const std::string& below : {city, bureau, beside}) {
    EXPECT_TRUE(above(below, v1::Post::RANK_LEADER_IN_CHARGE));
    EXPECT_FALSE(above(below, v1::Post::RANK_PRINCIPAL_LEADER));
  }
  EXPECT_FALSE(above(province, v1::Post::RANK_STAFF)) << "it is not above itself";
  Assign(leader, AddPost(beside, v1::Post::RANK_PRINCIPAL_LEADER));
  EXPECT_FALSE(above(bureau, v1::Post::RANK_PRINCIPAL_LEADER));
  EXPECT_FALSE(*HoldsRankAbove(*connection_, "clients/importer", city, v1::Post::RANK_STAFF));
}

TEST_F(OrganizationFollower, APersonIsWhereHeIsEmployedOrHoldsAPost) {
  const std::string province = AddOrganization();
  const std::string bureau = AddOrganization(province);
  const std::string office = AddOrganization(bureau);
  const std::string elsewhere = AddOrganization();
  const std::string person = AddPerson(bureau);
  Assign(person, AddPost(office, v1::Post::RANK_OFFICE_HEAD));
  Assign(person, AddPost(bureau, v1::Post::RANK_PRINCIPAL_LEADER));

  EXPECT_TRUE(*PersonInSubtree(*connection_, person, province));
  EXPECT_FALSE(*PersonInSubtree(*connection_, person, elsewhere));
  EXPECT_THAT(*CurrentOrganizationsOf(*connection_, person), ElementsAre(bureau, office));
}

TEST_F(OrganizationFollower, WhatIsNotKnownDoesNotExist) {
  const std::string organization = NewName("organizations");
  EXPECT_EQ(*OrganizationState(*connection_, organization), v1::Organization::STATE_UNSPECIFIED);
  EXPECT_EQ(*PostState(*connection_, NewName("posts")), v1::Post::STATE_UNSPECIFIED);
  EXPECT_FALSE(*OrganizationExists(*connection_, organization));
  EXPECT_FALSE(*OrganizationExists(*connection_, "organizations/not-an-id"));
  EXPECT_FALSE(*PersonExists(*connection_, NewName("persons")));
  EXPECT_FALSE(Below(organization, organization));
}

TEST_F(OrganizationFollower, WhatTheRegistryNoLongerHasDoesNotExistUntilItComesAgain) {
  const std::string bureau = AddOrganization();
  const std::string post = AddPost(bureau, v1::Post::RANK_STAFF);
  ASSERT_TRUE(*PostExists(*connection_, post));

  ASSERT_EQ(projection_.Remove(*connection_, v1::Post::descriptor()->full_name(), post),
            absl::OkStatus());
  ASSERT_EQ(projection_.Remove(*connection_, v1::Organization::descriptor()->full_name(), bureau),
            absl::OkStatus());
  EXPECT_FALSE(*PostExists(*connection_, post));
  EXPECT_FALSE(*OrganizationExists(*connection_, bureau));

  ASSERT_EQ(Move(bureau, ""), absl::OkStatus());
  EXPECT_TRUE(*OrganizationExists(*connection_, bureau));
}

TEST_F(OrganizationFollower, AKnownOrganizationIsReadAsItWasTold) {
  const std::string parent = AddOrganization();
  const std::string name = AddOrganization(parent);
  const auto found = FindOrganization(*connection_, name);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->parent, parent);
  EXPECT_EQ((*found)->kind, v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
  EXPECT_EQ((*found)->state, v1::Organization::STATE_ACTIVE);
  EXPECT_EQ((*found)->display_name, "青田县水利局");
  EXPECT_EQ((*found)->division, "divisions/331121");
  EXPECT_EQ((*found)->level, v1::Division::LEVEL_COUNTY);
}

TEST_F(OrganizationFollower, ASubtreeLimitsAListToWhatBelongsToIt) {
  const std::string root = AddOrganization();
  const std::string bureau = AddOrganization(root);
  const std::string other = AddOrganization();
  const record::Plan& plan = record::Plan::Of(risk::v1::RiskPoint::descriptor());
  database_.Run("CREATE TABLE risk_points (id INT PRIMARY KEY, organization BINARY(16))");
  int id = 0;
  for (const std::string& organization : {root, bureau, other}) {
    ASSERT_TRUE(
        connection_->Execute("INSERT INTO risk_points VALUES (?, ?)", {++id, Id(organization)})
            .ok());
  }

  const auto conditions = SubtreeCondition(*connection_, plan, root);
  ASSERT_TRUE(conditions.ok());
  ASSERT_EQ(conditions->size(), 1u);
  auto rows =
      connection_->Query("SELECT COUNT(*) FROM risk_points WHERE " + conditions->front().sql,
                         conditions->front().values.params());
  ASSERT_TRUE(rows.ok());
  rows->Next();
  EXPECT_EQ(rows->Int(0), 2);
  EXPECT_TRUE(SubtreeCondition(*connection_, plan, "")->empty());
  EXPECT_EQ(SubtreeCondition(*connection_, plan, NewName("organizations")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(OrganizationFollower, AnImageThatIsNotOfItsKindIsRefused) {
  Change change;
  change.set_resource(NewName("posts"));
  change.set_version(1);
  change.set_kind(v1::Post::descriptor()->full_name());
  change.mutable_after()->PackFrom(MakeOrganization());
  EXPECT_EQ(projection_.Apply(*connection_, change).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace qinglian::organization::follower
