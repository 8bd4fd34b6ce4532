// What is missing below an organization, as the service counts it and as it is counted anew.
#ifndef QINGLIAN_TESTS_STORAGE_ORGANIZATION_COVERING_H_
#define QINGLIAN_TESTS_STORAGE_ORGANIZATION_COVERING_H_

#include <map>
#include <set>
#include <string>

#include "common/journal/sequencer.h"
#include "qinglian/organization/v1/coverage_service.pb.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {

class CoveringTest : public ReformingTest {
 protected:
  // Counts all that was changed so far, as soon as each change has its position.
  void Follow() {
    for (int i = 0; i < 1000 && Value("SELECT COUNT(*) FROM journal_pending") != "0"; ++i)
      absl::SleepFor(absl::Milliseconds(10));
    EXPECT_TRUE(Tick("follow-coverage").ok());
    EXPECT_EQ(Value("SELECT position FROM coverage_progress"),
              Value("SELECT MAX(position) FROM journal_position"));
  }

  v1::Coverage CoverageOf(const std::string& name, int year = 0) {
    v1::GetCoverageRequest request;
    request.set_name(name);
    request.set_year(year);
    const auto coverage = Call<v1::Coverage>("CoverageService/GetCoverage", request);
    EXPECT_TRUE(coverage.ok()) << coverage.status();
    return coverage.value_or(v1::Coverage());
  }
  int64_t CountOf(const std::string& name, v1::CoverageCheck check) {
    const v1::Coverage coverage = CoverageOf(name);
    for (const auto& count : coverage.counts()) {
      if (count.check() == check) return count.count();
    }
    return -1;
  }

  // Everything that a check lists, page after page: the organization, and what of it lacks.
  std::multiset<std::string> Gaps(const std::string& subtree, v1::CoverageCheck check,
                                  int page_size = 2) {
    v1::ListCoverageGapsRequest request;
    request.set_subtree(subtree);
    request.set_check(check);
    request.set_page_size(page_size);
    std::multiset<std::string> gaps;
    do {
      const auto page =
          Call<v1::ListCoverageGapsResponse>("CoverageService/ListCoverageGaps", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->coverage_gaps_size(), page_size);
      for (const v1::CoverageGap& gap : page->coverage_gaps()) {
        gaps.insert(
            absl::StrCat(gap.organization(), gap.post(), gap.assignment(), gap.term_of_office()));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return gaps;
  }

  // Whether what is counted at every organization is what is listed there and what there is,
  // counted anew from the tables by other statements.
  void ExpectRecount() {
    const auto connection = served_.database().Open();
    auto rows = connection->Query("SELECT HEX(id), id, path FROM organizations");
    ASSERT_TRUE(rows.ok()) << rows.status();
    while (rows->Next()) {
      const std::string below = absl::StrCat(
          "(SELECT id, kind, state, parent, path FROM organizations WHERE LEFT(path, ",
          rows->Bytes(2).size(), ") = (SELECT path FROM organizations WHERE HEX(id) = '",
          rows->Bytes(0), "'))");
      for (const auto& [kind, sql] : Recounts()) {
        EXPECT_EQ(Value(absl::StrCat("SELECT COALESCE(SUM(facts), 0) FROM coverage_counts WHERE "
                                     "HEX(scope) = '",
                                     rows->Bytes(0), "' AND kind = '", kind, "'")),
                  Value(absl::StrReplaceAll(sql, {{"{below}", below}})))
            << kind;
      }
    }
  }

 private:
  static journal::SequencerOptions Sequencing(const mysql::Options& database) {
    journal::SequencerOptions options;
    options.database = database;
    options.holder = "test";
    return options;
  }
  static const std::map<std::string, std::string>& Recounts() {
    static const auto& recounts = *new std::map<std::string, std::string>{
        {"ORGAN_WITHOUT_PARTY_BODY",
         "SELECT COUNT(*) FROM {below} o LEFT JOIN (SELECT DISTINCT parent FROM organizations "
         "WHERE "
         "kind = 'KIND_PARTY_BODY' AND state = 'STATE_ACTIVE') b ON b.parent = o.id WHERE "
         "o.state = 'STATE_ACTIVE' AND o.kind = 'KIND_GOVERNMENT_DEPARTMENT' AND b.parent IS NULL"},
        {"PARTY_BODY_WITHOUT_SECRETARY",
         "SELECT (SELECT COUNT(*) FROM {below} o WHERE o.kind = 'KIND_PARTY_BODY' AND "
         "o.state = 'STATE_ACTIVE') - (SELECT COUNT(DISTINCT o.id) FROM {below} o JOIN posts p ON "
         "p.organization = o.id JOIN assignments a ON a.post = p.id WHERE o.kind = "
         "'KIND_PARTY_BODY' AND o.state = 'STATE_ACTIVE' AND p.party_office = "
         "'PARTY_OFFICE_SECRETARY' AND a.state = 'STATE_CURRENT' AND NOT a.acting)"},
        {"POST_VACANT",
         "SELECT COUNT(*) FROM (SELECT p.id, MAX(GREATEST(p.head_count, 1)) - COUNT(a.id) AS free "
         "FROM "
         "posts p JOIN {below} o ON o.id = p.organization LEFT JOIN assignments a ON a.post = p.id "
         "AND a.state = 'STATE_CURRENT' AND NOT a.acting WHERE p.state = 'STATE_ACTIVE' GROUP BY "
         "p.id HAVING free > 0) x"},
        {"TERM_ENDS",
         "SELECT COUNT(*) FROM terms_of_office t JOIN {below} o ON o.id = t.organization WHERE "
         "t.state = 'STATE_CURRENT'"},
        {"LETTER_OWED",
         "SELECT COUNT(*) FROM posts p JOIN {below} o ON o.id = p.organization WHERE p.state = "
         "'STATE_ACTIVE' AND p.`rank` <> 'RANK_STAFF' AND NOT (p.`rank` = 'RANK_PRINCIPAL_LEADER' "
         "AND o.parent IS NULL)"},
        {"APPOINTMENT_TALK_MISSING",
         "SELECT COUNT(*) FROM assignments a JOIN {below} o ON o.id = a.organization LEFT JOIN "
         "appointment_talks t ON t.assignment = a.id AND t.state = 'STATE_HELD' WHERE a.state = "
         "'STATE_CURRENT' AND a.`rank` IN ('RANK_PRINCIPAL_LEADER', 'RANK_LEADER_IN_CHARGE') AND "
         "t.id IS NULL"}};
    return recounts;
  }

  journal::Sequencer sequencer_{served_.journal(), Sequencing(served_.database().options())};
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_TESTS_STORAGE_ORGANIZATION_COVERING_H_