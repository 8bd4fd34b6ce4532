#include "services/organization/coverage_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/coverage_rules.h"
#include "services/organization/coverage_store.h"
#include "services/organization/in_rounds.h"

namespace qinglian::organization {
namespace {

constexpr int32_t kDefaultGaps = 50;
constexpr int32_t kMaxGaps = 1'000;

absl::StatusOr<std::string> NameOf(const char* collection, const std::string& id) {
  ASSIGN_OR_RETURN(const id::Uuid uuid, id::Uuid::FromBytes(id));
  return id::FormatName(collection, uuid);
}

absl::Status Fill(const CoverageFact& fact, v1::CoverageCheck check, v1::CoverageGap& gap) {
  gap.set_check(check);
  ASSIGN_OR_RETURN(*gap.mutable_organization(), NameOf("organizations", fact.organization));
  if (fact.kind == kPostVacant || fact.kind == kLetterOwed) {
    ASSIGN_OR_RETURN(*gap.mutable_post(), NameOf("posts", fact.subject));
  } else if (fact.kind == kTalkMissing) {
    ASSIGN_OR_RETURN(*gap.mutable_assignment(), NameOf("assignments", fact.subject));
  } else if (fact.kind == kTermEnds) {
    ASSIGN_OR_RETURN(*gap.mutable_term_of_office(), NameOf("termsOfOffice", fact.subject));
    *gap.mutable_due_date() = clock::ToDate(fact.day);
  }
  return absl::OkStatus();
}

// All that chooses the rows.
std::string QuestionText(const v1::ListCoverageGapsRequest& request, const CoverageTerms& terms) {
  return absl::StrCat("coverage ", request.subtree(), " ", request.check(), " ", terms.year, " ",
                      terms.term_days);
}

}  // namespace

CoverageService::CoverageService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.CoverageService",
               environment.journal) {
  methods_.Read("GetCoverage", this, &CoverageService::Get);
  methods_.Read("ListCoverageGaps", this, &CoverageService::List);
}

absl::StatusOr<v1::Coverage> CoverageService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetCoverageRequest& request) {
  RETURN_IF_ERROR(organizations_.Show(connection, call.scope(), request.name()).status());
  const CoverageTerms terms =
      TermsOf(request.year(), request.term_days(), clock::DayOf(environment_.business_clock.Now()));
  ASSIGN_OR_RETURN(const std::string id, organizations_.plan().type().IdOf(request.name()));
  v1::Coverage coverage;
  // Before the counts: they are of this position or later.
  ASSIGN_OR_RETURN(const uint64_t position, CoverageStore::Position(connection));
  ASSIGN_OR_RETURN(const CoverageStore::Counts counts, CoverageStore::CountsOf(connection, id));
  coverage.set_scope(request.name());
  *coverage.mutable_date() = clock::ToDate(terms.today);
  coverage.set_year(terms.year);
  coverage.set_position(position);
  for (const v1::CoverageCheck check : AllCoverageChecks()) {
    ASSIGN_OR_RETURN(const CoverageQuestion question, QuestionOf(check, terms));
    v1::Coverage::Count& count = *coverage.add_counts();
    count.set_check(check);
    count.set_count(CountOf(counts, question));
  }
  coverage.set_letters_owed(CountOf(counts, {.kind = kLetterOwed}));
  const absl::CivilDay year(terms.year, 1, 1);
  coverage.set_letters_in_force(
      CountOf(counts, {.kind = kLetterInForce, .from = year, .to = year}));
  return coverage;
}

absl::StatusOr<v1::ListCoverageGapsResponse> CoverageService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListCoverageGapsRequest& request) {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  const CoverageTerms terms =
      TermsOf(request.year(), request.term_days(), clock::DayOf(environment_.business_clock.Now()));
  ASSIGN_OR_RETURN(const CoverageQuestion question, QuestionOf(request.check(), terms));
  RETURN_IF_ERROR(organizations_.Show(connection, call.scope(), request.subtree()).status());
  ASSIGN_OR_RETURN(const std::string path, organizations_.Path(connection, request.subtree()));
  const std::string bound_to = QuestionText(request, terms);
  std::string after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const paging::Position position,
                     environment_.tokens.Decode(bound_to, request.page_token()));
    after = position.id;
  }
  const int32_t size =
      request.page_size() == 0 ? kDefaultGaps : std::min(request.page_size(), kMaxGaps);
  ASSIGN_OR_RETURN(const std::vector<CoverageFact> facts,
                   CoverageStore::List(connection, path, question, after, size + 1));
  v1::ListCoverageGapsResponse response;
  for (size_t i = 0; i < facts.size() && i < static_cast<size_t>(size); ++i)
    RETURN_IF_ERROR(Fill(facts[i], request.check(), *response.add_coverage_gaps()));
  if (facts.size() > static_cast<size_t>(size)) {
    response.set_next_page_token(
        environment_.tokens.Encode(bound_to, {.key = "", .id = facts[size - 1].subject}));
  }
  return response;
}

serving::ClockTask CoverageService::FollowTask() {
  return {"follow-coverage", absl::Seconds(1),
          [](mysql::Session& session) { return InRounds(session, CoverageStore::Follow); }};
}

}  // namespace qinglian::organization
