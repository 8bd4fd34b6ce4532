// Creates through a service against the same INSERTs and COMMIT in a loop.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/record/record.h"
#include "services/organization/organization_rules.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/creates.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"
#include "tests/bench/sibling.h"

namespace qinglian::bench {
namespace {

constexpr int kCallers = 16;

// The statements that a create consists of, prepared once, with values as the service writes them.
class BareCreate {
 public:
  BareCreate(const mysql::Options& database, const Creates& creates, int thread)
      : creates_(creates),
        connection_(OpenBare(database)),
        random_(static_cast<unsigned>(thread + 2)) {
    begin_ = Prepare("START TRANSACTION");
    organization_ = Prepare(
        "INSERT INTO organizations (id, version, display_name, short_name, kind, parent, division, "
        "level, "
        "party_body_type, contact, state, create_time, update_time, details, path, search_text) "
        "VALUES (?, 1, ?, '', 'KIND_GOVERNMENT_DEPARTMENT', ?, ?, 'LEVEL_COUNTY', "
        "'PARTY_BODY_TYPE_UNSPECIFIED', '', "
        "'STATE_ACTIVE', ?, ?, ?, ?, ?)");
    version_ = Prepare(
        "INSERT INTO organization_versions (organization, valid_from, valid_to, recorded_from, "
        "recorded_to, path, version, display_name, short_name, kind, parent, competent_department, "
        "division, level, party_body_type, credit_code, founding_date, contact, state, "
        "create_time, update_time, details) VALUES (?, CURDATE(), '9999-12-31', ?, '9999-12-31', "
        "?, 1, ?, '', 'KIND_GOVERNMENT_DEPARTMENT', ?, NULL, ?, 'LEVEL_COUNTY', "
        "'PARTY_BODY_TYPE_UNSPECIFIED', NULL, NULL, '', 'STATE_ACTIVE', ?, ?, ?)");
    count_ = Prepare(
        "INSERT INTO organization_count_changes (path, division, kind, level, state, day, "
        "change_count) VALUES (?, ?, 'KIND_GOVERNMENT_DEPARTMENT', 'LEVEL_COUNTY', "
        "'STATE_ACTIVE', CURDATE(), 1)");
    identifier_ = Prepare(
        "INSERT INTO organization_identifiers (source, external_id, organization) VALUES ('bare', "
        "?, ?)");
    const std::vector<std::string> rows(creates.pieces().size(),
                                        "(?, ?, 'KIND_GOVERNMENT_DEPARTMENT', ?)");
    pieces_ = Prepare(
        "INSERT INTO organization_pieces (piece, organization, organization_kind, area) VALUES " +
        absl::StrJoin(rows, ", "));
    journal_ = Prepare(
        "INSERT INTO journal (time, actor, acting_for, client, method, request_id, ordinal, "
        "request_hash, resource, "
        "version, kind, operation, organization, after, response_type, response, changed_fields, "
        "reason, "
        "cause_service, cause_position, trace_id, content_hash) VALUES (?, ?, '', '', ?, ?, 0, ?, "
        "?, 1, "
        "'qinglian.organization.v1.Organization', 'OPERATION_CREATED', ?, ?, NULL, NULL, '', '', "
        "NULL, NULL, ?, ?)");
    pending_ = Prepare(
        "INSERT INTO journal_pending (journal_id, content_hash) VALUES (LAST_INSERT_ID(), ?)");
    commit_ = Prepare("COMMIT");
  }

  void Run() {
    const absl::Time now = absl::Now();
    const std::string time = absl::FormatTime("%Y-%m-%d %H:%M:%E6S", now, absl::UTCTimeZone());
    const std::string id = id::Uuid::NewV7(now).Bytes();
    const Creates::Parent& parent = creates_.parents()[random_() % creates_.parents().size()];
    const std::string hash(32, 'h');
    begin_->execute();
    Execute(*organization_, {id, creates_.display_name(), parent.id, kDivision, time, time,
                             creates_.details(), parent.path + id, creates_.search_text()});
    Execute(*version_, {id, time, parent.path + id, creates_.display_name(), parent.id, kDivision,
                        time, time, creates_.details()});
    Execute(*count_, {parent.path, kDivision});
    Execute(*identifier_, {id::Uuid::NewV4().ToString(), id});
    const std::string path = parent.path + id;
    const std::string area(organization::AreaOf(path));
    std::vector<std::string> pieces;
    for (const std::string& piece : creates_.pieces())
      pieces.insert(pieces.end(), {piece, id, area});
    Execute(*pieces_, pieces);
    Execute(*journal_,
            {time, kCaller, kCreate, id::Uuid::NewV4().Bytes(), hash,
             record::Plan::Of(organization::v1::Organization::descriptor()).type().NameOf(id), id,
             creates_.after(), std::string(32, 't'), hash});
    Execute(*pending_, {hash});
    commit_->execute();
  }

 private:
  std::unique_ptr<sql::PreparedStatement> Prepare(const std::string& sql) {
    return std::unique_ptr<sql::PreparedStatement>(connection_->prepareStatement(sql));
  }

  static void Execute(sql::PreparedStatement& statement, const std::vector<std::string>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      statement.setString(static_cast<unsigned>(i + 1),
                          sql::SQLString(values[i].data(), values[i].size()));
    }
    statement.executeUpdate();
  }

  const Creates& creates_;
  std::unique_ptr<sql::Connection> connection_;
  std::minstd_rand random_;
  std::unique_ptr<sql::PreparedStatement> begin_, organization_, version_, count_, identifier_,
      pieces_, journal_, pending_, commit_;
};

void Run(const Settings& settings, Report& report) {
  House house(UsualOrganizations(settings));
  const Sibling sibling(house.database());
  const Creates creates(house);
  Load service(creates.Through(house.address(), kCallers));
  BareLoop bare(kCallers, [&](int thread) -> BareLoop::Step {
    auto create = std::make_shared<BareCreate>(sibling.options(), creates, thread);
    return [create] { create->Run(); };
  });
  const std::vector<pid_t> watched = house.workers();
  for (int i = 0; i < settings.rounds; ++i) {
    const auto [served, inserted] = Alternate(
        settings.window, [&](absl::Duration time) { return Measure(service, time, watched); },
        [&](absl::Duration time) { return Measure(bare, time, watched); });
    Note(absl::StrCat("create_throughput: through the service ", Describe(served), "; bare ",
                      Describe(inserted), "; by processor time ", ByProcessor(served, inserted)));
    report.Add("create_throughput", served.rate() / inserted.rate(), "ratio");
  }
}

}  // namespace

Group CreateFigures() { return {{"create_throughput"}, Run}; }

}  // namespace qinglian::bench
