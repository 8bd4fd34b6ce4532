#include "services/review/title_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Title;

// Whether the last day of the title has passed.
bool TimeOver(const Title& title, absl::CivilDay today) {
  const auto last = clock::ToDay(title.expire_date());
  return last.ok() && today > *last;
}

}  // namespace

absl::Status Confer(Title& title, const Application& application, const v1::Programme& programme,
                    const ConferTitleFacts& facts) {
  RETURN_IF_ERROR(
      Check(title, kConferTitle,
            {{kConferringSide, facts.step.organizer_side},
             {kApplicationConferred, application.state() == Application::STATE_CONFERRED},
             {kNoOpenObjection, !facts.open_objection},
             {kNoVetoCondition, !facts.vetoed}}));
  const absl::CivilDay today = facts.step.today();
  title.set_organization(application.organization());
  title.set_programme(programme.name());
  title.set_conferring_organization(programme.organization());
  title.set_review_round(application.review_round());
  title.set_display_name(programme.display_name());
  title.set_conferrer(facts.step.actor.name);
  facts.step.actor.NoteIn(title);
  *title.mutable_confer_date() = clock::ToDate(today);
  *title.mutable_expire_date() =
      clock::ToDate(clock::AddMonths(today, programme.validity_months()) - 1);
  title.set_state(kConferTitle.to);
  return absl::OkStatus();
}

absl::Status Suspend(Title& title, const std::string& cause, const std::string& reason,
                     const Step& step) {
  RETURN_IF_ERROR(Check(title, kSuspendTitle, {{kConferringSide, step.organizer_side}}));
  title.set_state_reason(reason);
  title.set_state_cause(cause);
  title.set_state(kSuspendTitle.to);
  return absl::OkStatus();
}

absl::Status Reinstate(Title& title, bool vetoed, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(title, kReinstateTitle,
                        {{kConferringSide, step.organizer_side},
                         {kNoVetoCondition, !vetoed},
                         {kNotExpired, !TimeOver(title, step.today())}}));
  title.set_state_reason(reason);
  title.clear_state_cause();
  title.set_state(kReinstateTitle.to);
  return absl::OkStatus();
}

absl::Status Revoke(Title& title, const Title::Revocation& revocation, const std::string& cause,
                    const std::string& reason, const Step& step) {
  ASSIGN_OR_RETURN(const absl::CivilDay heard, clock::ToDay(revocation.hearing_date()));
  ASSIGN_OR_RETURN(const absl::CivilDay conferred, clock::ToDay(title.confer_date()));
  RETURN_IF_ERROR(Check(title, kRevokeTitle,
                        {{kConferringSide, step.organizer_side},
                         {kFourEyes, step.actor.HadNoPartIn(title, {title.conferrer()})},
                         {kUnitHeard, conferred <= heard && heard <= step.today()}}));
  *title.mutable_revocation() = revocation;
  title.mutable_revocation()->set_revoker(step.actor.name);
  *title.mutable_revocation()->mutable_revoke_time() = clock::ToTimestamp(step.business_now);
  title.set_state_reason(reason);
  title.set_state_cause(cause);
  *title.mutable_end_date() = clock::ToDate(step.today());
  title.set_state(kRevokeTitle.to);
  return absl::OkStatus();
}

absl::Status Expire(Title& title, absl::CivilDay today) {
  RETURN_IF_ERROR(Check(title, kExpireTitle, {{kTimeOver, TimeOver(title, today)}}));
  *title.mutable_end_date() = clock::ToDate(today);
  title.set_state(kExpireTitle.to);
  return absl::OkStatus();
}

}  // namespace qinglian::review
