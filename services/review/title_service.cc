#include "services/review/title_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/journal/write.h"
#include "common/number/number.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/title_rules.h"

namespace qinglian::review {
namespace {

using v1::Title;

constexpr std::string_view kNumberKind = "title";

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "programme", "conferring_organization", "review_round",
                        "application", "title_number", "confer_date", "expire_date", "state"},
      .order_fields = {"name", "create_time", "update_time", "confer_date"}};
  return listing;
}

}  // namespace

TitleService::TitleService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.TitleService", environment.journal) {
  methods_.Read("GetTitle", this, &TitleService::Get);
  methods_.Read("ListTitles", this, &TitleService::List);
  methods_.Create("ConferTitle", this, &TitleService::Confer);
  methods_.Transition("SuspendTitle", this, &TitleService::Suspend);
  methods_.Transition("ReinstateTitle", this, &TitleService::Reinstate);
  methods_.Transition("RevokeTitle", this, &TitleService::Revoke);
  methods_.Transition("ExpireTitle", this, &TitleService::Expire);
  methods_.Batch<v1::BatchTransitionTitlesRequest, v1::BatchTransitionTitlesResponse>(
      "BatchTransitionTitles");
}

absl::StatusOr<Title> TitleService::Get(rpc::Call& call, mysql::Connection& connection,
                                        const v1::GetTitleRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListTitlesResponse> TitleService::List(rpc::Call& call,
                                                          mysql::Connection& connection,
                                                          const v1::ListTitlesRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListTitlesResponse::mutable_titles, std::move(conditions));
}

absl::StatusOr<Step> TitleService::StepOn(journal::Transaction& tx, const Title& title) {
  return registry_.StepOf(tx, title.conferring_organization(), title.organization());
}

absl::StatusOr<bool> TitleService::VetoedNow(journal::Transaction& tx,
                                             const v1::Programme& programme,
                                             const std::string& organization) {
  ASSIGN_OR_RETURN(const SupervisionFacts facts,
                   registry_.SupervisionOf(tx.connection(), organization, tx.today()));
  return Vetoed(programme, facts);
}

absl::StatusOr<std::string> TitleService::NextNumber(journal::Transaction& tx,
                                                     const v1::Programme& programme) {
  ASSIGN_OR_RETURN(const id::Uuid organization,
                   id::ParseName("organizations", programme.organization()));
  const int year = static_cast<int>(tx.today().year());
  const std::string kind =
      absl::StrCat(absl::string_view(kNumberKind.data(), kNumberKind.size()), "/",
                   programme.name().substr(programme.name().find('/') + 1));
  ASSIGN_OR_RETURN(const int64_t number, number::Next(tx.connection(), organization, kind, year));
  return number::Format(programme.title_number_prefix(), year, number);
}

absl::StatusOr<Title> TitleService::Confer(journal::Transaction& tx,
                                           const v1::ConferTitleRequest& request) {
  Title title = request.title();
  resource::KeepInput(title);
  ASSIGN_OR_RETURN(const v1::Application seen,
                   applications_.Get(tx.connection(), title.application()));
  RETURN_IF_ERROR(rounds_.Lock(tx, seen.review_round()).status());
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Lock(tx, seen.name()));
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), application.programme()));
  ConferTitleFacts facts;
  ASSIGN_OR_RETURN(facts.step,
                   registry_.StepOf(tx, programme.organization(), application.organization()));
  ASSIGN_OR_RETURN(facts.vetoed, VetoedNow(tx, programme, application.organization()));
  ASSIGN_OR_RETURN(facts.open_objection, objections_.OpenOn(tx.connection(), application.name()));
  RETURN_IF_ERROR(review::Confer(title, application, programme, facts));
  ASSIGN_OR_RETURN(*title.mutable_title_number(), NextNumber(tx, programme));
  return store_.Insert(tx, std::move(title));
}

absl::StatusOr<Title> TitleService::Suspend(journal::Transaction& tx,
                                            const v1::SuspendTitleRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Title before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  Title after = before;
  RETURN_IF_ERROR(review::Suspend(after, request.cause(), request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Title> TitleService::Reinstate(journal::Transaction& tx,
                                              const v1::ReinstateTitleRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Title before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), before.programme()));
  ASSIGN_OR_RETURN(const bool vetoed, VetoedNow(tx, programme, before.organization()));
  Title after = before;
  RETURN_IF_ERROR(review::Reinstate(after, vetoed, request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Title> TitleService::Revoke(journal::Transaction& tx,
                                           const v1::RevokeTitleRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Title before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  RETURN_IF_ERROR(registry_.CheckEvidence(tx.connection(), "revocation.decision_digest",
                                          request.revocation().decision_digest()));
  Title after = before;
  RETURN_IF_ERROR(
      review::Revoke(after, request.revocation(), request.cause(), request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Title> TitleService::Expire(journal::Transaction& tx,
                                           const v1::ExpireTitleRequest& request) {
  ASSIGN_OR_RETURN(const Title before, store_.LockFresh(tx, request.name(), request.etag()));
  Title after = before;
  RETURN_IF_ERROR(review::Expire(after, tx.today()));
  return store_.Update(tx, before, std::move(after));
}

serving::ClockTask TitleService::ExpiryTask() {
  return {"expire-titles", absl::Minutes(1),
          [this](mysql::Session& session) { return ExpireAll(session); }};
}

absl::Status TitleService::ExpireAll(mysql::Session& session) {
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  ASSIGN_OR_RETURN(const std::vector<std::string> outlived,
                   store_.Outlived(*connection, today, 500));
  for (const std::string& name : outlived) {
    RETURN_IF_ERROR(journal::WriteEffect(
        environment_.journal, session,
        {.effect = "clock/title-expired", .key = name, .deadline = absl::Now() + absl::Seconds(10)},
        [&](journal::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const Title before, store_.Lock(tx, name));
          Title after = before;
          RETURN_IF_ERROR(review::Expire(after, tx.today()));
          return store_.Update(tx, before, std::move(after)).status();
        }));
  }
  return absl::OkStatus();
}

}  // namespace qinglian::review
