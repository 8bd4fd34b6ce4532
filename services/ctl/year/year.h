// The year that the demonstration lives through, chapter by chapter. `qlctl demo year` tells it;
// tests/flow tells it with assertions.
#ifndef QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_
#define QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/ctl/year/teller.h"

namespace qinglian::ctl {

// Who and what the story is about. All persons are fictitious.
struct Cast {
  // 西湖区财政局, its office and its business office; the discipline commission of the district and
  // its office.
  std::string bureau, bureau_office, bureau_business, discipline, discipline_office;
  // The party committee of the district, above all of them.
  std::string district;
  // The second administrator, who approves the roles that the first one grants.
  std::string approver;
  // Of the bureau: the chief, his deputy, the head of office, a clerk.
  std::string chief, deputy, office_head, clerk;
  // Of the government of the district, which the bureau is under.
  std::string district_leader;
  // Of the commission: its secretary, a deputy, and two who handle cases.
  std::string secretary, deputy_secretary, handler, inspector;
  // The clerk's post, which exercises the power.
  std::string clerk_post;
  // The posts of the chief and of the head of office, and the assignment of the chief.
  std::string chief_post, office_head_post, chief_assignment;
};

// What the chapters leave for the ones after them.
struct RiskStory {
  Told point;
  Told control;
};
struct CaseStory {
  Told inspection;
  Told supervision_case;
  Told item;
};

// Who the review is about, beside the cast: the working committee of the district's organs, which
// runs it, and the unit that applies beside the bureau.
struct Jury {
  std::string committee, second_unit;
  // Of the committee: its secretary, who approves what the organizer proposes, and who investigates
  // objections.
  std::string secretary, organizer, investigator;
  // Three, from outside.
  std::vector<std::string> reviewers;
  // Of the second unit.
  std::string second_chief, second_clerk;
};
struct ReviewStory {
  Jury jury;
  Told round;
  // The applications of the bureau and of the second unit.
  Told first, second;
  std::vector<std::string> score_sheets;
};
struct Naming {
  Told objection;
  Told title;
};
struct Disqualification {
  Told supervision_case;
  // Left open, to be overdue when real time resumes.
  Told item;
};

// The staff number of the person who may see everything.
inline constexpr char kAuditorNumber[] = "DEMO-0021";

// A role and the subtree it is for; empty for the whole installation.
struct Duty {
  std::string role;
  std::string organization;
};
inline constexpr char kOrgan[] = "roles/organ";
inline constexpr char kDispatchedGroup[] = "roles/dispatchedGroup";
inline constexpr char kWorkingCommittee[] = "roles/workingCommittee";
inline constexpr char kReviewer[] = "roles/reviewer";

// Who is to take a post of his own, and what he may do there.
struct Candidate {
  std::string name;
  std::string staff_number;
  std::string organization;
  std::string title;
  std::string rank;
  Duty duty;
};
struct Seat {
  std::string person;
  std::string post;
  std::string assignment;
};
// `approver` approves the role where it takes two persons.
absl::StatusOr<Seat> TakeSeat(Teller& teller, const Candidate& candidate,
                              const std::string& approver);

// 1: posts and their holders; a responsibility letter goes down one level and is signed by both.
absl::StatusOr<Cast> TellRegistry(Teller& teller);

// 2: a power item is listed; a risk point on it is drafted, assessed, controlled, submitted,
// returned once, and approved by a second person.
absl::StatusOr<RiskStory> TellRisk(Teller& teller, const Cast& cast);

// 3: an inspection finds something; the case is accepted, assigned, decided; a rectification item
// is planned, extended once, evidenced, rejected once, verified and closed out; the case closes.
absl::StatusOr<CaseStory> TellCase(Teller& teller, const Cast& cast, const RiskStory& risk);

// 4: the confirmed case makes the risk point due for review, by itself.
absl::StatusOr<Told> TellLoop(Teller& teller, const RiskStory& risk, const CaseStory& story);

// 5: two units file their action plans and apply with a self-assessment; their documents are
// checked.
absl::StatusOr<ReviewStory> TellApplications(Teller& teller, const Cast& cast);
// Three reviewers score both; nothing is locked yet.
absl::Status TellScores(Teller& teller, ReviewStory& story);
// The scores are locked and ranked; the candidates are proposed, approved by a second person and
// put on notice.
absl::Status TellRanking(Teller& teller, ReviewStory& story);
// An objection is made and not sustained; the notice ends; the bureau gets its title.
absl::StatusOr<Naming> TellNaming(Teller& teller, ReviewStory& story);

// 6: before the second unit has its title, a serious case about it is confirmed: it is
// disqualified, by itself.
absl::StatusOr<Disqualification> TellDisqualification(Teller& teller, const Cast& cast,
                                                      ReviewStory& review);

// All of it.
absl::Status TellYear(Teller& teller);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_
