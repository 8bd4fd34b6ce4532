#include "tests/bench/creates.h"

#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/id/uuid.h"
#include "common/record/record.h"
#include "common/rpc/channel.h"
#include "tests/bench/bare.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

namespace v1 = qinglian::organization::v1;

using Rows = std::vector<std::vector<std::string>>;

Rows Ask(sql::Connection& connection, const std::string& sql, unsigned columns) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  const std::unique_ptr<sql::ResultSet> found(statement->executeQuery(sql));
  Rows rows;
  while (found->next()) {
    std::vector<std::string>& row = rows.emplace_back();
    for (unsigned i = 1; i <= columns; ++i) {
      const sql::SQLString value = found->getString(i);
      row.emplace_back(value.c_str(), value.length());
    }
  }
  return rows;
}

}  // namespace

Creates::Creates(House& house) : display_name_("西湖区交通运输局第三七一四办公室") {
  const auto connection = OpenBare(house.database());
  for (const auto& row : Ask(*connection, "SELECT id, path FROM organizations", 2)) {
    parents_.push_back({row[0], row[1]});
  }
  const rpc::CallOptions options = test::CallAs(kCaller);
  const auto channel = rpc::Connect(house.address());
  const auto created = rpc::Invoke<v1::CreateOrganizationRequest, v1::Organization>(
      *channel, kCreate, Next(0), options);
  if (!created.ok())
    Fail("no organization can be created: " + std::string(created.status().message()));
  after_ = created->SerializeAsString();
  const std::string id =
      Ask(*connection, "SELECT HEX(id) FROM organizations ORDER BY id DESC LIMIT 1", 1)[0][0];
  const std::string where = absl::StrCat("id = X'", id, "'");
  const auto row =
      Ask(*connection, "SELECT search_text, details FROM organizations WHERE " + where, 2)[0];
  search_text_ = row[0];
  details_ = row[1];
  for (const auto& piece :
       Ask(*connection,
           absl::StrCat("SELECT piece FROM organization_pieces WHERE organization = X'", id, "'"),
           1)) {
    pieces_.push_back(piece[0]);
  }
}

v1::CreateOrganizationRequest Creates::Next(unsigned random) const {
  v1::CreateOrganizationRequest request;
  request.set_request_id(id::Uuid::NewV4().ToString());
  v1::Organization& organization = *request.mutable_organization();
  organization.set_display_name(display_name_);
  organization.set_kind(v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
  organization.set_level(v1::Division::LEVEL_COUNTY);
  organization.set_division(absl::StrCat("divisions/", kDivision));
  organization.set_parent(record::Plan::Of(v1::Organization::descriptor())
                              .type()
                              .NameOf(parents_[random % parents_.size()].id));
  v1::ExternalIdentifier& identifier = *organization.add_external_identifiers();
  identifier.set_source("created");
  identifier.set_id(request.request_id());
  return request;
}

Calls Creates::Through(const std::string& address, int callers) const {
  return {.address = address,
          .method = kCreate,
          .request =
              [this, random = std::minstd_rand(1)]() mutable {
                return ToBytes(Next(static_cast<unsigned>(random())));
              },
          .callers = callers};
}

}  // namespace qinglian::bench
