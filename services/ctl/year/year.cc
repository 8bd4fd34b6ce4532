#include "services/ctl/year/year.h"

#include "common/status/macros.h"

namespace qinglian::ctl {

absl::Status TellYear(Teller& teller) {
  ASSIGN_OR_RETURN(const Cast cast, TellRegistry(teller));
  ASSIGN_OR_RETURN(const RiskStory risk, TellRisk(teller, cast));
  ASSIGN_OR_RETURN(const CaseStory story, TellCase(teller, cast, risk));
  RETURN_IF_ERROR(TellLoop(teller, risk, story).status());
  return teller.Resume();
}

}  // namespace qinglian::ctl
