#include "tests/bench/nation_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/access/path.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_rules.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

namespace v1 = qinglian::organization::v1;
using organization::kPathStep;

constexpr char kSearch[] = "/qinglian.organization.v1.OrganizationService/SearchOrganizations";
constexpr int kSampled = 20'000;

const record::Plan& Plan() { return record::Plan::Of(v1::Organization::descriptor()); }

std::string Text(const sql::SQLString& value) { return {value.c_str(), value.length()}; }

v1::SearchOrganizationsRequest RequestOf(const Questions::Question& question) {
  v1::SearchOrganizationsRequest request;
  request.set_query(question.query);
  std::vector<std::string> filters;
  if (!question.kind.empty()) filters.push_back("kind = " + question.kind);
  if (!question.division.empty())
    filters.push_back(absl::StrCat("division = \"divisions/", question.division, "\""));
  request.set_filter(absl::StrJoin(filters, " AND "));
  const std::string& path = question.subtree_path;
  if (!path.empty())
    request.set_subtree(Plan().type().NameOf(path.substr(path.size() - kPathStep)));
  return request;
}

}  // namespace

std::vector<Sampled> SampleOf(const House& house) {
  const auto connection = OpenBare(house.database());
  const std::unique_ptr<sql::Statement> statement(connection->createStatement());
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(
      absl::StrCat("SELECT id, path, kind, division, display_name FROM organizations JOIN (SELECT "
                   "id AS sampled FROM organizations ORDER BY CRC32(id) LIMIT ",
                   kSampled, ") AS sample ON sampled = id")));
  std::vector<Sampled> sample;
  while (rows->next()) {
    sample.push_back({Text(rows->getString(1)), Text(rows->getString(2)), Text(rows->getString(3)),
                      Text(rows->getString(4)), Text(rows->getString(5))});
  }
  if (sample.empty()) Fail("there are no organizations");
  return sample;
}

Questions::Question Questions::Next() {
  const auto any = [this]() -> const Sampled& { return sample_[random_() % sample_.size()]; };
  const std::vector<std::string> pieces = organization::Pieces(any().display_name);
  Question question{pieces[random_() % pieces.size()], "", "", ""};
  const Sampled& other = any();
  const unsigned turn = turn_++ % 5;
  if (turn == 1 || turn == 4) question.kind = other.kind;
  if (turn == 2) question.division = other.division;
  if (turn == 3 || turn == 4) {
    const size_t depth = 1 + random_() % (other.path.size() / kPathStep);
    question.subtree_path = other.path.substr(0, depth * kPathStep);
  }
  return question;
}

Calls Searches(const House& house, const std::vector<Sampled>& sample) {
  return {.address = house.address(),
          .method = kSearch,
          .request = [questions = Questions(sample, 1)]() mutable {
            return ToBytes(RequestOf(questions.Next()));
          }};
}

BareLoop::Step BareSearch(const mysql::Options& database, const std::vector<Sampled>& sample) {
  struct State {
    std::unique_ptr<sql::Connection> connection;
    std::map<std::string, std::unique_ptr<sql::PreparedStatement>> statements;
    Questions questions;
  };
  auto state = std::make_shared<State>(State{OpenBare(database), {}, Questions(sample, 1)});
  return [state] {
    const Questions::Question question = state->questions.Next();
    std::string sql = absl::StrCat(
        "SELECT ", Plan().select_list(), " FROM ", Plan().table(),
        " WHERE id IN (SELECT organization FROM organization_pieces WHERE piece = ?) AND "
        "search_text LIKE ? AND state = 'STATE_ACTIVE'");
    std::vector<std::string> values = {question.query, absl::StrCat("%", question.query, "%")};
    const auto add = [&](const char* condition, const std::string& value) {
      if (value.empty()) return;
      absl::StrAppend(&sql, condition);
      values.push_back(value);
    };
    add(" AND kind = ?", question.kind);
    add(" AND division = ?", question.division);
    add(" AND path >= ?", question.subtree_path);
    if (!question.subtree_path.empty())
      add(" AND path < ?", access::PathEnd(question.subtree_path));
    sql += " ORDER BY id LIMIT 21";
    auto& statement = state->statements[sql];
    if (statement == nullptr) statement.reset(state->connection->prepareStatement(sql));
    for (size_t i = 0; i < values.size(); ++i) {
      statement->setString(static_cast<unsigned>(i + 1),
                           sql::SQLString(values[i].data(), values[i].size()));
    }
    const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery());
    const auto columns = static_cast<unsigned>(Plan().columns().size());
    while (rows->next()) TakeRow(*rows, columns);
  };
}

}  // namespace qinglian::bench
