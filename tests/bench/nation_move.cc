#include "tests/bench/nation_move.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/access/path.h"
#include "common/id/uuid.h"
#include "common/record/record.h"
#include "common/rpc/channel.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_rules.h"
#include "tests/bench/bare.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

namespace v1 = qinglian::organization::v1;
using organization::kPathStep;

const record::Plan& Plan() { return record::Plan::Of(v1::Organization::descriptor()); }

std::string Text(const sql::SQLString& value) { return {value.c_str(), value.length()}; }

// One connection, its statements prepared once.
class Bare {
 public:
  explicit Bare(const mysql::Options& database) : connection_(OpenBare(database)) {}

  // Answers the first column of the first row, or "".
  std::string Run(const std::string& sql, const std::vector<std::string>& values = {}) {
    auto& statement = statements_[sql];
    if (statement == nullptr) statement.reset(connection_->prepareStatement(sql));
    for (size_t i = 0; i < values.size(); ++i) {
      statement->setString(static_cast<unsigned>(i + 1),
                           sql::SQLString(values[i].data(), values[i].size()));
    }
    if (!statement->execute()) return "";
    const std::unique_ptr<sql::ResultSet> rows(statement->getResultSet());
    std::string first;
    for (bool any = false; rows->next(); any = true) {
      if (!any) first = Text(rows->getString(1));
    }
    return first;
  }

 private:
  std::unique_ptr<sql::Connection> connection_;
  std::map<std::string, std::unique_ptr<sql::PreparedStatement>> statements_;
};

// The subtree, and the two organizations that it lies below in turn.
struct Places {
  std::string id;
  std::string here, there;  // paths
};

Places FindPlaces(Bare& bare) {
  Places places;
  // Of those that leave another place to move to: the counts know how large each is.
  places.id = bare.Run(
      "SELECT o.id FROM organizations o JOIN (SELECT scope, SUM(organizations) AS size FROM "
      "organization_counts GROUP BY scope) c ON c.scope = o.id WHERE o.parent IS NOT NULL AND "
      "c.size < (SELECT COUNT(*) / 2 FROM organizations) ORDER BY "
      "ABS(c.size - 10000) LIMIT 1");
  const std::string path = bare.Run("SELECT path FROM organizations WHERE id = ?", {places.id});
  places.here = path.substr(0, path.size() - kPathStep);
  // Beside its superior where there is such a place, so that it changes its part of the tree.
  places.there = bare.Run(
      "SELECT path FROM organizations WHERE LENGTH(path) IN (32, 48) AND path NOT BETWEEN ? AND ? "
      "AND path <> ? AND state = 'STATE_ACTIVE' ORDER BY LENGTH(path), id DESC LIMIT 1",
      {path, access::PathEnd(path), places.here});
  return places;
}

std::string Columns() {
  std::vector<std::string> names;
  for (const record::Column& column : Plan().columns()) {
    if (column.kind != record::ColumnKind::kId)
      names.push_back(absl::StrCat("`", column.name, "`"));
  }
  return absl::StrJoin(names, ", ");
}

// What lay below a path, and since when.
struct Moved {
  std::string below, end, today;
};

constexpr char kKnown[] =
    " FROM organization_versions WHERE path >= ? AND path < ? AND recorded_to = '9999-12-31' AND "
    "valid_to > ?";

// The counts of both places.
void CountMoved(Bare& bare, const std::string& from, const std::string& to, const Moved& moved) {
  const auto& [below, end, today] = moved;
  for (const auto& [scope, sign] : {std::pair{to, ""}, std::pair{from, "-"}}) {
    bare.Run(absl::StrCat("INSERT INTO organization_count_changes (path, division, kind, level, "
                          "state, day, change_count) SELECT ?, '', kind, level, state, "
                          "GREATEST(valid_from, ?) AS turn, ",
                          sign, "COUNT(*)", kKnown,
                          " GROUP BY kind, level, state, turn HAVING turn <> '9999-12-31'"),
             {scope, today, below, end, today});
    bare.Run(absl::StrCat("INSERT INTO organization_count_changes (path, division, kind, level, "
                          "state, day, change_count) SELECT ?, '', kind, level, state, "
                          "LEAST(valid_to, '9999-12-31') AS turn, ",
                          sign, "COUNT(*)", kKnown,
                          " GROUP BY kind, level, state, turn HAVING turn <> '9999-12-31'"),
             {scope, below, end, today});
  }
}

// What the service does for a move that is not the first of its day, in the same order.
void MoveBare(Bare& bare, const Places& places, const std::string& from, const std::string& to) {
  const std::string old_path = from + places.id, new_path = to + places.id;
  const std::string end = access::PathEnd(old_path), below = old_path + '\0';
  const std::string skip = absl::StrCat(old_path.size() + 1);
  const std::string columns = Columns();
  const std::string into =
      "INSERT INTO organization_versions (organization, valid_from, valid_to, recorded_from, "
      "recorded_to, path, reason, document_number, " +
      columns + ") ";
  bare.Run("START TRANSACTION");
  bare.Run("SELECT id FROM organization_tree WHERE id = 1 FOR UPDATE");
  bare.Run(
      "SELECT LENGTH(path) FROM organizations FORCE INDEX (organizations_by_path) WHERE "
      "path >= ? AND path < ? ORDER BY path FOR UPDATE",
      {old_path, end});
  const std::string today = bare.Run(
      "SELECT valid_from FROM organization_versions WHERE organization = ? AND "
      "recorded_to = '9999-12-31' AND valid_to = '9999-12-31'",
      {places.id});
  bare.Run(
      "UPDATE organizations SET version = version + 1, parent = ?, update_time = NOW(6) WHERE "
      "id = ?",
      {to.substr(to.size() - kPathStep), places.id});
  const std::string recorded = bare.Run(
      absl::StrCat("SELECT GREATEST(NOW(6), MAX(recorded_from) + INTERVAL 1 MICROSECOND)", kKnown),
      {old_path, end, today});
  bare.Run("UPDATE organization_tree SET last_recorded = ? WHERE id = 1", {recorded});
  bare.Run(
      "UPDATE organization_versions SET recorded_to = ? WHERE organization = ? AND "
      "recorded_to = '9999-12-31' AND valid_to = '9999-12-31'",
      {recorded, places.id});
  bare.Run(into + "SELECT id, ?, '9999-12-31', ?, '9999-12-31', ?, '', '', " + columns +
               " FROM organizations WHERE id = ?",
           {today, recorded, new_path, places.id});
  CountMoved(bare, from, to, {below, end, today});
  bare.Run(into +
               "SELECT organization, GREATEST(valid_from, ?), valid_to, ?, '9999-12-31', "
               "CONCAT(?, SUBSTRING(path, ?)), '', '', " +
               columns + kKnown,
           {today, recorded, new_path, skip, below, end, today});
  bare.Run(into +
               "SELECT organization, valid_from, ?, ?, '9999-12-31', path, reason, "
               "document_number, " +
               columns + kKnown + " AND valid_from < ?",
           {today, recorded, below, end, today, today});
  bare.Run(
      "UPDATE organization_versions SET recorded_to = ? WHERE path >= ? AND path < ? AND "
      "recorded_to = '9999-12-31' AND valid_to > ?",
      {recorded, below, end, today});
  bare.Run(
      "UPDATE organizations SET path = CONCAT(?, SUBSTRING(path, ?)) WHERE path >= ? AND "
      "path < ?",
      {new_path, skip, old_path, end});
  if (organization::AreaOf(old_path) != organization::AreaOf(new_path)) {
    bare.Run(
        "UPDATE organization_pieces p JOIN organizations o ON o.id = p.organization SET "
        "p.area = SUBSTRING(o.path, IF(LENGTH(o.path) > 16, 17, 1), 16) WHERE "
        "o.path >= ? AND o.path < ?",
        {new_path, access::PathEnd(new_path)});
  }
  bare.Run("COMMIT");
}

void MoveThroughService(House& house, const Places& places, const std::string& to) {
  const auto channel = rpc::Connect(house.address());
  rpc::CallOptions options = test::CallAs(kCaller);
  options.timeout = absl::Minutes(2);
  v1::GetOrganizationRequest get;
  get.set_name(Plan().type().NameOf(places.id));
  const auto before = rpc::Invoke<v1::GetOrganizationRequest, v1::Organization>(
      *channel, "/qinglian.organization.v1.OrganizationService/GetOrganization", get, options);
  if (!before.ok()) Fail("the subtree cannot be read");
  v1::MoveOrganizationRequest move;
  move.set_name(get.name());
  move.set_etag(before->etag());
  move.set_parent(Plan().type().NameOf(to.substr(to.size() - kPathStep)));
  move.set_reason("测速");
  move.set_request_id(id::Uuid::NewV4().ToString());
  const auto moved = rpc::Invoke<v1::MoveOrganizationRequest, v1::Organization>(
      *channel, "/qinglian.organization.v1.OrganizationService/MoveOrganization", move, options);
  if (!moved.ok()) Fail(absl::StrCat("the subtree cannot be moved: ", moved.status().message()));
}

template <class Move>
double Seconds(const Move& move) {
  const absl::Time begin = absl::Now();
  move();
  return absl::ToDoubleSeconds(absl::Now() - begin);
}

}  // namespace

void RunMoves(const Settings& settings, House& house, Report& report) {
  Bare bare(house.database());
  const Places places = FindPlaces(bare);
  if (places.there.empty()) Fail("there is nowhere to move a subtree to");
  const std::string size =
      bare.Run("SELECT COUNT(*) FROM organizations WHERE path >= ? AND path < ?",
               {places.here + places.id, access::PathEnd(places.here + places.id)});
  // The first of a day also divides what was so before.
  MoveThroughService(house, places, places.there);
  MoveBare(bare, places, places.there, places.here);
  for (int i = 0; i < settings.rounds; ++i) {
    const double served = Seconds([&] { MoveThroughService(house, places, places.there); });
    const double moved = Seconds([&] { MoveBare(bare, places, places.there, places.here); });
    Note(absl::StrCat("move_subtree: ", size, " organizations in ", served,
                      " s through the service, in ", moved, " s bare"));
    report.Add("move_subtree", served / moved, "ratio");
  }
}

}  // namespace qinglian::bench
