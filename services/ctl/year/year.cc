#include "services/ctl/year/year.h"

#include "common/status/macros.h"

namespace qinglian::ctl {

absl::Status TellYear(Teller& teller) {
  ASSIGN_OR_RETURN(const Cast cast, TellRegistry(teller));
  ASSIGN_OR_RETURN(const RiskStory risk, TellRisk(teller, cast));
  ASSIGN_OR_RETURN(const CaseStory story, TellCase(teller, cast, risk));
  RETURN_IF_ERROR(TellLoop(teller, risk, story).status());
  ASSIGN_OR_RETURN(ReviewStory review, TellApplications(teller, cast));
  RETURN_IF_ERROR(TellScores(teller, review));
  RETURN_IF_ERROR(TellRanking(teller, review));
  RETURN_IF_ERROR(TellNaming(teller, review).status());
  RETURN_IF_ERROR(TellDisqualification(teller, cast, review).status());
  return teller.Resume();
}

}  // namespace qinglian::ctl
