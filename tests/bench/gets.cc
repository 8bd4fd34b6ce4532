#include "tests/bench/gets.h"

#include <memory>
#include <random>

#include "common/record/record.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/bench/bare.h"

namespace qinglian::bench {

namespace organization = qinglian::organization::v1;

std::vector<std::string> Ids(const House& house) {
  const auto connection = OpenBare(house.database());
  const std::unique_ptr<sql::Statement> statement(connection->createStatement());
  const std::unique_ptr<sql::ResultSet> rows(
      statement->executeQuery("SELECT id FROM organizations"));
  std::vector<std::string> ids;
  while (rows->next()) {
    const sql::SQLString id = rows->getString(1);
    ids.emplace_back(id.c_str(), id.length());
  }
  return ids;
}

std::function<grpc::ByteBuffer()> NextGet(const std::vector<std::string>& ids) {
  return [&ids, random = std::minstd_rand(1)]() mutable {
    organization::GetOrganizationRequest request;
    request.set_name(record::Plan::Of(organization::Organization::descriptor())
                         .type()
                         .NameOf(ids[random() % ids.size()]));
    return ToBytes(request);
  };
}

Calls Gets(const House& house, const std::vector<std::string>& ids, int callers) {
  return {.address = house.address(), .method = kGet, .request = NextGet(ids), .callers = callers};
}

}  // namespace qinglian::bench
