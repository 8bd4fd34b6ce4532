#include "services/organization/import_posts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/id/uuid.h"
#include "common/mysql/mysql.h"
#include "common/resource/fields.h"
#include "common/status/macros.h"
#include "services/organization/assignment_rules.h"

namespace qinglian::organization {
namespace {

// How many keys one look-up asks for; the last one is filled up by repeating, so that one statement
// serves all.
constexpr size_t kLookup = 64;

std::string Places() { return absl::StrJoin(std::vector<std::string>(kLookup, "?"), ", "); }

// The values of one look-up from `done` on.
void AddFilled(const std::vector<std::string>& values, size_t done,
               std::vector<mysql::Param>& params) {
  for (size_t i = done; i < done + kLookup; ++i)
    params.emplace_back(std::string_view(values[std::min(i, values.size() - 1)]));
}

}  // namespace

absl::Status ImportPosts::Load(journal::Transaction& tx, const std::set<Key>& keys,
                               const Board& left) {
  const record::Plan& plan = posts_.plan();
  const std::string sql = absl::StrCat(
      "SELECT ", plan.select_list(), " FROM posts WHERE organization IN (", Places(),
      ") AND display_name IN (", Places(), ") AND state = 'STATE_ACTIVE' ORDER BY id FOR UPDATE");
  const std::vector<Key> wanted(keys.begin(), keys.end());
  for (size_t done = 0; done < wanted.size(); done += kLookup) {
    const size_t end = std::min(done + kLookup, wanted.size());
    std::vector<std::string> organizations, names;
    std::set<Key> asked(wanted.begin() + done, wanted.begin() + end);
    for (size_t i = done; i < end; ++i) {
      ASSIGN_OR_RETURN(std::string id, plan.Find("organization")->reference->IdOf(wanted[i].first));
      organizations.push_back(std::move(id));
      names.push_back(wanted[i].second);
    }
    std::vector<mysql::Param> params;
    AddFilled(organizations, 0, params);
    AddFilled(names, 0, params);
    ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, params));
    while (rows.Next()) {
      Known known;
      plan.Read(rows, 0, known.post);
      const Key key(known.post.organization(), known.post.display_name());
      // Each organization was asked for each name.
      if (asked.count(key) == 0) continue;
      known.before = known.post;
      board_[key].push_back(std::move(known));
    }
  }
  RETURN_IF_ERROR(LoadHolders(tx));
  for (const Key& key : keys) {
    const auto before = left.find(key);
    if (before != left.end()) board_[key] = before->second;
  }
  return absl::OkStatus();
}

absl::Status ImportPosts::LoadHolders(journal::Transaction& tx) {
  const record::Plan& plan = assignments_.plan();
  std::map<std::string, Known*> posts;
  std::vector<std::string> ids;
  for (auto& [key, all] : board_) {
    for (Known& known : all) {
      ASSIGN_OR_RETURN(std::string id, posts_.plan().type().IdOf(known.post.name()));
      posts[id] = &known;
      ids.push_back(std::move(id));
    }
  }
  for (size_t done = 0; done < ids.size(); done += kLookup) {
    std::vector<mysql::Param> params;
    AddFilled(ids, done, params);
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        tx.connection().Query(
            absl::StrCat("SELECT post, person, acting FROM assignments WHERE post IN (", Places(),
                         ") AND state = 'STATE_CURRENT'"),
            params));
    while (rows.Next()) {
      Known& known = *posts[rows.Bytes(0)];
      known.persons.insert(plan.Find("person")->reference->NameOf(rows.Bytes(1)));
      if (!rows.Bool(2)) ++known.holders;
    }
  }
  return absl::OkStatus();
}

void ImportPosts::Begin() {
  touched_.clear();
  taken_before_ = taken_.size();
}

void ImportPosts::Undo() {
  for (auto& [key, posts] : touched_) board_[key] = std::move(posts);
  taken_.resize(taken_before_);
  touched_.clear();
}

ImportPosts::Known* ImportPosts::Find(std::vector<Known>& posts, const v1::Post& post) {
  if (posts.empty()) return nullptr;
  const auto same = std::find_if(posts.begin(), posts.end(), [&](const Known& known) {
    return known.post.rank() == post.rank();
  });
  return same == posts.end() ? &posts.front() : &*same;
}

absl::StatusOr<bool> ImportPosts::Change(Known& known, const v1::Post& wanted) {
  v1::Post after = known.post;
  RETURN_IF_ERROR(resource::ApplyUpdate(wanted, {}, after));
  const bool changes = after.rank() != known.post.rank() ||
                       after.key_post() != known.post.key_post() ||
                       after.head_count() != known.post.head_count();
  known.post = std::move(after);
  return changes;
}

absl::StatusOr<bool> ImportPosts::Take(journal::Transaction& tx, const v1::Person& person,
                                       const v1::Post& post, v1::Assignment assignment,
                                       bool may_change) {
  const Key key(post.organization(), post.display_name());
  std::vector<Known>& posts = board_[key];
  touched_.insert({key, posts});
  Known* known = Find(posts, post);
  bool changes = false;
  if (known == nullptr) {
    known = &posts.emplace_back();
    known->post = post;
    known->post.set_name(posts_.plan().type().NameOf(id::Uuid::NewV7(tx.now()).Bytes()));
    known->post.set_state(v1::Post::STATE_ACTIVE);
  } else if (may_change) {
    ASSIGN_OR_RETURN(changes, Change(*known, post));
  }
  if (known->persons.count(person.name()) > 0) return changes;
  const PostFacts facts{.holders = known->holders, .held_by_person = false};
  RETURN_IF_ERROR(organization::Begin(assignment, known->post, person, facts, tx.today()));
  assignment.set_name(assignments_.plan().type().NameOf(id::Uuid::NewV7(tx.now()).Bytes()));
  assignment.set_person(person.name());
  assignment.set_post(known->post.name());
  known->persons.insert(person.name());
  if (!assignment.acting()) ++known->holders;
  taken_.push_back(std::move(assignment));
  return true;
}

absl::StatusOr<std::pair<int, int>> ImportPosts::Write(journal::Transaction& tx) {
  std::vector<google::protobuf::Message*> fresh, taken;
  for (auto& [key, posts] : board_) {
    for (Known& known : posts) {
      if (known.before.name().empty()) {
        fresh.push_back(&known.post);
      } else {
        RETURN_IF_ERROR(posts_.Update(tx, known.before, known.post).status());
      }
    }
  }
  for (v1::Assignment& assignment : taken_) taken.push_back(&assignment);
  RETURN_IF_ERROR(posts_.messages().InsertMany(tx, fresh, {}, {}));
  RETURN_IF_ERROR(assignments_.messages().InsertMany(tx, taken, {}, {}));
  return std::pair<int, int>(fresh.size(), taken.size());
}

}  // namespace qinglian::organization
