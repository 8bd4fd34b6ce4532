// The year that the demonstration lives through, chapter by chapter. `qlctl demo year` tells it; tests/flow tells it
// with assertions.
#ifndef QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_
#define QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/ctl/year/teller.h"

namespace qinglian::ctl {

// Who and what the story is about. All persons are fictitious.
struct Cast {
  // 西湖区财政局, its office and its business office; the discipline commission of the district and its office.
  std::string bureau, bureau_office, bureau_business, discipline, discipline_office;
  // Of the bureau: the chief, his deputy, the head of office, a clerk.
  std::string chief, deputy, office_head, clerk;
  // Of the commission: its secretary, a deputy, and two who handle cases.
  std::string secretary, deputy_secretary, handler, inspector;
  // The clerk's post, which exercises the power.
  std::string clerk_post;
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

// 1: posts and their holders; a responsibility letter goes down one level and is signed by both.
absl::StatusOr<Cast> TellRegistry(Teller& teller);

// 2: a power item is listed; a risk point on it is drafted, assessed, controlled, submitted, returned once, and
// approved by a second person.
absl::StatusOr<RiskStory> TellRisk(Teller& teller, const Cast& cast);

// 3: an inspection finds something; the case is accepted, assigned, decided; a rectification item is planned, extended
// once, evidenced, rejected once, verified and closed out; the case closes.
absl::StatusOr<CaseStory> TellCase(Teller& teller, const Cast& cast, const RiskStory& risk);

// 4: the confirmed case makes the risk point due for review, by itself.
absl::StatusOr<Told> TellLoop(Teller& teller, const RiskStory& risk, const CaseStory& story);

// All of it.
absl::Status TellYear(Teller& teller);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_YEAR_YEAR_H_
