// Calls that reform organizations, and what must hold of their history afterwards.
#ifndef QINGLIAN_TESTS_STORAGE_ORGANIZATION_REFORMING_H_
#define QINGLIAN_TESTS_STORAGE_ORGANIZATION_REFORMING_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "common/clock/date.h"
#include "common/serving/application.h"
#include "tests/storage/organization/registry.h"
#include "tests/support/identity.h"

namespace qinglian::organization {

// Business time begins on 10 March 2025.
inline constexpr absl::CivilDay kFirst(2025, 3, 10);

class ReformingTest : public RegistryTest {
 protected:
  void Pass(int days) { served_.business_clock().Advance(absl::Hours(24 * days)); }
  std::string Value(const std::string& sql) { return served_.database().Value(sql); }

  // The id of a name, as HEX() writes it.
  static std::string HexOf(const std::string& name) {
    return absl::AsciiStrToUpper(absl::StrReplaceAll(name.substr(name.find('/') + 1), {{"-", ""}}));
  }
  std::string OrganizationOf(const std::string& table, const std::string& name) {
    return Value("SELECT HEX(organization) FROM " + table + " WHERE HEX(id) = '" + HexOf(name) +
                 "'");
  }

  static v1::MergeOrganizationRequest Merging(const v1::Organization& ending,
                                              const std::string& into) {
    v1::MergeOrganizationRequest request;
    request.set_name(ending.name());
    request.set_etag(ending.etag());
    request.set_into(into);
    request.set_reason("机构改革");
    request.set_request_id(test::RequestId());
    return request;
  }
  absl::StatusOr<v1::Organization> Merge(const v1::Organization& ending, const std::string& into) {
    return Call<v1::Organization>("OrganizationService/MergeOrganization", Merging(ending, into));
  }
  absl::StatusOr<v1::Organization> Abolish(const v1::Organization& ending) {
    v1::AbolishOrganizationRequest request;
    request.set_name(ending.name());
    request.set_etag(ending.etag());
    request.set_reason("机构改革");
    request.set_request_id(test::RequestId());
    return Call<v1::Organization>("OrganizationService/AbolishOrganization", request);
  }
  absl::StatusOr<v1::Organization> MoveSince(const v1::Organization& moved,
                                             const std::string& parent, absl::CivilDay day) {
    v1::MoveOrganizationRequest request;
    request.set_name(moved.name());
    request.set_etag(moved.etag());
    request.set_parent(parent);
    *request.mutable_effective_date() = clock::ToDate(day);
    request.set_reason("机构改革");
    request.set_request_id(test::RequestId());
    return Call<v1::Organization>("OrganizationService/MoveOrganization", request);
  }
  absl::StatusOr<v1::Organization> Renamed(const std::string& name, const std::string& display_name,
                                           std::optional<absl::CivilDay> since = std::nullopt,
                                           const std::string& document = "") {
    v1::UpdateOrganizationRequest request;
    request.mutable_organization()->set_name(name);
    request.mutable_organization()->set_display_name(display_name);
    request.set_document_number(document);
    if (since.has_value()) *request.mutable_effective_date() = clock::ToDate(*since);
    return Call<v1::Organization>("OrganizationService/UpdateOrganization", request);
  }

  absl::StatusOr<v1::Organization> On(absl::CivilDay day, const std::string& name) {
    v1::GetOrganizationRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    return Call<v1::Organization>("OrganizationService/GetOrganization", request);
  }
  absl::StatusOr<v1::Organization> Known(absl::Time time, absl::CivilDay day,
                                         const std::string& name) {
    v1::GetOrganizationRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    *request.mutable_known_time() = clock::ToTimestamp(time);
    return Call<v1::Organization>("OrganizationService/GetOrganization", request);
  }
  absl::StatusOr<v1::ListOrganizationsResponse> List(const v1::ListOrganizationsRequest& request) {
    return Call<v1::ListOrganizationsResponse>("OrganizationService/ListOrganizations", request);
  }
  // The names of what existed below a root on a day.
  std::vector<std::string> Below(const std::string& root, absl::CivilDay day) {
    v1::ListOrganizationsRequest request;
    request.set_subtree(root);
    *request.mutable_as_of_date() = clock::ToDate(day);
    std::vector<std::string> names;
    const auto page = List(request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return names;
    for (const auto& organization : page->organizations())
      names.push_back(organization.display_name());
    return names;
  }

  // What is counted for an organization on a day: "KIND_COURT LEVEL_CITY STATE_ACTIVE" by number.
  std::map<std::string, int64_t> Counted(const std::string& name, absl::CivilDay day) {
    v1::GetOrganizationStatisticsRequest request;
    request.set_name(name);
    *request.mutable_as_of_date() = clock::ToDate(day);
    const auto statistics =
        Call<v1::OrganizationStatistics>("OrganizationService/GetOrganizationStatistics", request);
    std::map<std::string, int64_t> counts;
    if (!statistics.ok()) return counts;
    for (const auto& count : statistics->counts()) {
      counts[absl::StrCat(v1::Organization::Kind_Name(count.kind()), " ",
                          v1::Division::Level_Name(count.level()), " ",
                          v1::Organization::State_Name(count.state()))] = count.count();
    }
    return counts;
  }
  // How many existed for each city, as counted.
  std::map<std::string, int64_t> CountedByCity(const std::string& name, absl::CivilDay day) {
    v1::GetOrganizationStatisticsRequest request;
    request.set_name(name);
    request.set_division_level(v1::Division::LEVEL_CITY);
    *request.mutable_as_of_date() = clock::ToDate(day);
    const auto statistics =
        Call<v1::OrganizationStatistics>("OrganizationService/GetOrganizationStatistics", request);
    std::map<std::string, int64_t> counts;
    if (!statistics.ok()) return counts;
    for (const auto& count : statistics->division_counts())
      counts[count.division()] = count.active_count();
    return counts;
  }
  // The same, counted anew from the history.
  std::map<std::string, int64_t> Recounted(const std::string& name, absl::CivilDay day) {
    const std::string known =
        absl::StrCat("recorded_to = '9999-12-31' AND valid_from <= '", absl::FormatCivilTime(day),
                     "' AND valid_to > '", absl::FormatCivilTime(day), "'");
    std::map<std::string, int64_t> counts;
    const auto connection = served_.database().Open();
    auto rows = connection->Query(absl::StrCat(
        "SELECT v.kind, v.level, v.state, COUNT(*) FROM organization_versions v JOIN (SELECT path "
        "FROM organization_versions WHERE HEX(organization) = '",
        HexOf(name), "' AND ", known,
        ") root ON LEFT(v.path, LENGTH(root.path)) = root.path WHERE ", known,
        " GROUP BY v.kind, v.level, v.state"));
    EXPECT_TRUE(rows.ok()) << rows.status();
    while (rows.ok() && rows->Next()) {
      counts[absl::StrCat(rows->Bytes(0), " ", rows->Bytes(1), " ", rows->Bytes(2))] = rows->Int(3);
    }
    return counts;
  }
  // Does what the clock does.
  absl::Status Tick(const std::string& task_name) {
    mysql::Session session(served_.database().options());
    for (const serving::ClockTask& task : served_.app().clock_tasks()) {
      if (task.name == task_name) return task.pass(session);
    }
    return absl::NotFoundError("no such task");
  }

  // On both axes, on every day and at every moment at which anything changed: each organization has
  // one row, its path is its parent's and its own id, and what exists lies below what exists. Of
  // what is known now the days join without a gap, and today is what the table of organizations
  // has.
  void ExpectWholeHistory() {
    const std::string known =
        "a.recorded_from <= m.at AND a.recorded_to > m.at AND a.valid_from <= d.day AND "
        "a.valid_to > d.day";
    const std::string parent = absl::StrReplaceAll(known, {{"a.", "p."}});
    const std::string moments =
        "(SELECT DISTINCT recorded_from AS at FROM organization_versions) m JOIN (SELECT DISTINCT "
        "valid_from AS day FROM organization_versions) d ";
    EXPECT_EQ(
        Value("SELECT COUNT(*) FROM " + moments + "JOIN organization_versions a ON " + known +
              " LEFT JOIN organization_versions p ON p.organization = a.parent AND " + parent +
              " WHERE CASE WHEN a.parent IS NULL THEN a.path <> a.organization ELSE "
              "p.path IS NULL OR a.path <> CONCAT(p.path, a.organization) OR "
              "(a.state = 'STATE_ACTIVE' AND p.state <> 'STATE_ACTIVE') END"),
        "0")
        << "an orphan, or a wrong path";
    EXPECT_EQ(Value("SELECT COUNT(*) FROM (SELECT a.organization FROM " + moments +
                    "JOIN organization_versions a ON " + known +
                    " GROUP BY m.at, d.day, a.organization HAVING COUNT(*) > 1) x"),
              "0")
        << "two rows of one day";
    EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_versions a WHERE "
                    "a.recorded_to = '9999-12-31' AND a.valid_to <> '9999-12-31' AND NOT EXISTS "
                    "(SELECT 1 FROM organization_versions b WHERE b.organization = a.organization "
                    "AND b.recorded_to = '9999-12-31' AND b.valid_from = a.valid_to)"),
              "0")
        << "a gap";
    EXPECT_EQ(Value("SELECT COUNT(*) FROM organizations o LEFT JOIN organization_versions v ON "
                    "v.organization = o.id AND v.recorded_to = '9999-12-31' AND "
                    "v.valid_to = '9999-12-31' WHERE v.path IS NULL OR v.path <> o.path OR "
                    "v.version <> o.version OR NOT v.parent <=> o.parent OR v.state <> o.state OR "
                    "v.details <> o.details OR v.display_name <> o.display_name"),
              "0")
        << "today is another";
    EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_versions WHERE recorded_to <= recorded_from "
                    "OR valid_to <= valid_from"),
              "0")
        << "a time that ends before it begins";
  }
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_TESTS_STORAGE_ORGANIZATION_REFORMING_H_
