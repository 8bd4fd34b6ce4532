#include "services/review/query.h"

#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "qinglian/review/v1/application.pb.h"

namespace qinglian::review {

using v1::Application;

absl::StatusOr<std::string> IdOf(std::string_view name) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName(id::CollectionOf(name), name));
  return id.Bytes();
}

absl::StatusOr<std::vector<std::string>> NamesOf(mysql::Connection& connection,
                                                 const record::Plan& plan, std::string_view sql,
                                                 std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan.type().NameOf(rows.Bytes(0)));
  return names;
}

absl::StatusOr<bool> Any(mysql::Connection& connection, std::string_view sql,
                         std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  return rows.Next();
}

std::string StateList(uint32_t states) {
  std::string list;
  for (int i = 0; i < Application::State_ARRAYSIZE; ++i) {
    if (((states >> i) & 1) == 0) continue;
    absl::StrAppend(&list, list.empty() ? "'" : ", '",
                    Application::State_Name(static_cast<Application::State>(i)), "'");
  }
  return list;
}

}  // namespace qinglian::review
