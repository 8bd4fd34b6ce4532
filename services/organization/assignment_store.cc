#include "services/organization/assignment_store.h"

#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<PostFacts> AssignmentStore::HoldersOf(mysql::Connection& connection,
                                                     std::string_view post,
                                                     std::string_view person) const {
  ASSIGN_OR_RETURN(const std::string post_id, plan().Find("post")->reference->IdOf(post));
  std::string person_id;
  if (!person.empty()) {
    ASSIGN_OR_RETURN(person_id, plan().Find("person")->reference->IdOf(person));
  }
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT COALESCE(SUM(acting = 0), 0), COALESCE(SUM(person = ?), 0) "
                       "FROM assignments WHERE post = ? AND state = 'STATE_CURRENT'",
                       {person_id, post_id}));
  rows.Next();
  return PostFacts{.holders = static_cast<int>(rows.Int(0)), .held_by_person = rows.Int(1) > 0};
}

absl::StatusOr<std::optional<std::string>> AssignmentStore::Holding(mysql::Connection& connection,
                                                                    std::string_view person,
                                                                    std::string_view post) const {
  const absl::StatusOr<std::string> person_id = plan().Find("person")->reference->IdOf(person);
  if (!person_id.ok()) return std::nullopt;  // a client or a service holds no posts
  ASSIGN_OR_RETURN(const std::string post_id, plan().Find("post")->reference->IdOf(post));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM assignments WHERE post = ? AND person = ? AND "
                                    "state = 'STATE_CURRENT'",
                                    {post_id, *person_id}));
  if (!rows.Next()) return std::nullopt;
  return plan().type().NameOf(rows.Bytes(0));
}

absl::StatusOr<std::vector<std::string>> AssignmentStore::HeldBy(mysql::Connection& connection,
                                                                 std::string_view person) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("person")->reference->IdOf(person));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM assignments WHERE person = ? AND "
                                    "state = 'STATE_CURRENT' ORDER BY post, id",
                                    {id}));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan().type().NameOf(rows.Bytes(0)));
  return names;
}

paging::Condition AssignmentStore::HeldOn(absl::CivilDay day) {
  paging::Condition condition{
      "assignments.start_date <= ? AND (assignments.end_date IS NULL OR assignments.end_date >= ?)",
      {}};
  condition.values.Add(day);
  condition.values.Add(day);
  return condition;
}

paging::Condition AssignmentStore::Vacant() {
  return {
      "posts.state = 'STATE_ACTIVE' AND (SELECT COUNT(*) FROM assignments a WHERE a.post = "
      "posts.id AND a.state = 'STATE_CURRENT' AND a.acting = 0) < GREATEST(posts.head_count, 1)",
      {}};
}

}  // namespace qinglian::organization
