// A rubric, a round and a caller that the tests of all rules begin with.
#ifndef QINGLIAN_TESTS_UNIT_REVIEW_SAMPLE_H_
#define QINGLIAN_TESTS_UNIT_REVIEW_SAMPLE_H_

#include <string>

#include "common/clock/date.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

// Tuesday 18 November 2025, 10:00 in China.
inline const absl::CivilDay kToday(2025, 11, 18);
inline const absl::Time kNow = clock::StartOf(kToday) + absl::Hours(10);

inline Step Organizer(const std::string& actor = "persons/organizer") {
  return {.actor = {actor}, .business_now = kNow, .organizer_side = true};
}

inline Step Applicant(const std::string& actor = "persons/applicant") {
  return {.actor = {actor}, .business_now = kNow, .applicant_side = true};
}

inline Step Nobody() { return {.actor = {"persons/nobody"}, .business_now = kNow}; }

inline void AddIndicator(v1::Rubric& rubric, const std::string& code, const std::string& parent,
                         int centipoints, v1::Rubric::ScoringMethod method) {
  auto& indicator = *rubric.add_indicators();
  indicator.set_code(code);
  indicator.set_parent(parent);
  indicator.set_centipoints(centipoints);
  indicator.set_scoring_method(method);
}

// 1 (60) = 1.1 (40, expert) + 1.2 (20, deductions); 2 (40, expert, with evidence); 3 (veto).
inline v1::Rubric SampleRubric() {
  v1::Rubric rubric;
  rubric.set_name("rubrics/1");
  rubric.set_programme("programmes/1");
  rubric.set_full_centipoints(10000);
  rubric.set_state(v1::Rubric::STATE_FROZEN);
  AddIndicator(rubric, "1", "", 6000, v1::Rubric::SCORING_METHOD_UNSPECIFIED);
  AddIndicator(rubric, "1.1", "1", 4000, v1::Rubric::SCORING_METHOD_EXPERT);
  AddIndicator(rubric, "1.2", "1", 2000, v1::Rubric::SCORING_METHOD_DEDUCTION);
  AddIndicator(rubric, "2", "", 4000, v1::Rubric::SCORING_METHOD_EXPERT);
  AddIndicator(rubric, "3", "", 0, v1::Rubric::SCORING_METHOD_VETO);
  rubric.mutable_indicators(3)->set_evidence_required(true);
  return rubric;
}

inline v1::ReviewRound SampleRound(v1::ReviewRound::State state) {
  v1::ReviewRound round;
  round.set_name("reviewRounds/1");
  round.set_programme("programmes/1");
  round.set_rubric("rubrics/1");
  round.set_year(2025);
  *round.mutable_submission_start_date() = clock::ToDate(absl::CivilDay(2025, 11, 1));
  *round.mutable_submission_end_date() = clock::ToDate(absl::CivilDay(2025, 11, 20));
  auto& group = *round.add_quota_groups();
  group.set_code("county");
  group.add_levels("LEVEL_COUNTY");
  group.set_cap(1);
  for (const char* person : {"persons/a", "persons/b", "persons/c"}) {
    round.add_panel(person);
    round.add_conflict_declarations()->set_person(person);
  }
  round.set_quorum(3);
  round.set_extremes_dropped(1);
  round.set_extremes_from_sheets(3);
  round.set_state(state);
  return round;
}

}  // namespace qinglian::review

#endif  // QINGLIAN_TESTS_UNIT_REVIEW_SAMPLE_H_
