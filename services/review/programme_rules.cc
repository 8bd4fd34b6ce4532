#include "services/review/programme_rules.h"

#include "common/status/macros.h"

namespace qinglian::review {

absl::Status Open(v1::Programme& programme, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(programme, kOpenProgramme, {{kOrganizerSide, step.organizer_side}}));
  programme.set_state_reason(reason);
  programme.set_state(kOpenProgramme.to);
  return absl::OkStatus();
}

absl::Status Close(v1::Programme& programme, const std::string& reason, bool round_running,
                   const Step& step) {
  RETURN_IF_ERROR(
      Check(programme, kCloseProgramme,
            {{kOrganizerSide, step.organizer_side}, {kNoRoundRunning, !round_running}}));
  programme.set_state_reason(reason);
  programme.set_state(kCloseProgramme.to);
  return absl::OkStatus();
}

absl::Status CheckDelete(const v1::Programme& programme, bool referred_to, const Step& step) {
  return Check(programme, kDeleteProgramme,
               {{kOrganizerSide, step.organizer_side}, {kNothingRefers, !referred_to}});
}

}  // namespace qinglian::review
