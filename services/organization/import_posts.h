// The posts that the rows of an import speak of, and who holds them.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_IMPORT_POSTS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_IMPORT_POSTS_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/organization/assignment_store.h"

namespace qinglian::organization {

// The posts of one batch. Rows take posts one after another; what they add and change is written at
// the end, in bulk. A row that fails is undone. Used by one thread.
class ImportPosts {
 public:
  // The organization, by name, and the name of the post.
  using Key = std::pair<std::string, std::string>;

  // A post as the rows so far leave it.
  struct Known {
    v1::Post post;
    // As it stands in the database; without a name where it is new.
    v1::Post before;
    // Those who hold it and do not act in it.
    int holders = 0;
    // The names of all who hold it.
    std::set<std::string> persons;
  };
  using Board = std::map<Key, std::vector<Known>>;

  // Locks and reads the posts of these keys that exist. `left`: what earlier batches of a rehearsal
  // would have left stands in the place of what is in the database.
  absl::Status Load(journal::Transaction& tx, const std::set<Key>& keys, const Board& left);

  // Begins a row; until Undo or the next Begin what it does can be undone.
  void Begin();
  void Undo();

  // Lets a person hold a post, which is created where its organization has none of that name.
  // Answers whether he takes it, or it changes. `post` has its organization; `may_change` says
  // whether one that exists becomes what is set in it. Errors of Begin in assignment_rules.h.
  absl::StatusOr<bool> Take(journal::Transaction& tx, const v1::Person& person,
                            const v1::Post& post, v1::Assignment assignment, bool may_change);

  // Inserts and updates. Answers how many posts and assignments came to be.
  absl::StatusOr<std::pair<int, int>> Write(journal::Transaction& tx);

  // The board as the rows leave it.
  const Board& board() const { return board_; }

 private:
  absl::Status LoadHolders(journal::Transaction& tx);
  // The post that is meant: one of the same rank before any other; null where there is none.
  static Known* Find(std::vector<Known>& posts, const v1::Post& post);
  static absl::StatusOr<bool> Change(Known& known, const v1::Post& wanted);

  resource::Store<v1::Post> posts_;
  AssignmentStore assignments_;
  Board board_;
  std::vector<v1::Assignment> taken_;
  // As it was when the row began: what the row has touched, and how much was taken.
  Board touched_;
  size_t taken_before_ = 0;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_IMPORT_POSTS_H_
