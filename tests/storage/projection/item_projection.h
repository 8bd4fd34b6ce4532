// A projection of items, with an effect for each change, and changes that cannot be applied.
#ifndef QINGLIAN_TESTS_STORAGE_PROJECTION_ITEM_PROJECTION_H_
#define QINGLIAN_TESTS_STORAGE_PROJECTION_ITEM_PROJECTION_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/projection/follower.h"
#include "common/projection/projection.h"
#include "tests/support/database.h"

namespace qinglian::test::projection {

// Keeps items in `known_items`. A change that leaves a value which 7 divides (but 0) has an effect:
// a row in `marks`, by which tests see how often it was done.
class ItemProjection : public qinglian::projection::Projection {
 public:
  std::string feed() const override { return "organization"; }
  std::vector<std::string> kinds() const override;
  absl::Status Apply(mysql::Connection& connection,
                     const qinglian::journal::v1::Change& change) override;
  absl::Status Remove(mysql::Connection& connection, std::string_view kind,
                      std::string_view resource) override;
  std::vector<qinglian::projection::Effect> Effects(
      const qinglian::journal::v1::Change& change) override;

  // A value that cannot be applied, 0 for none.
  std::atomic<int64_t> poison{0};
  // How often Apply was asked to apply it.
  std::atomic<int> poisoned{0};
};

// The service that follows: its schema, its journal, and what it has learned.
class Downstream {
 public:
  Downstream();

  const mysql::Options& options() const { return database_.options(); }
  const TestDatabase& database() const { return database_; }
  qinglian::journal::Journal& journal() { return journal_; }
  ItemProjection& projection() { return projection_; }

  std::unique_ptr<qinglian::projection::Follower> Follow(const std::string& address);
  // As Upstream::Contents.
  std::string Contents() const;
  int64_t Count(const std::string& sql) const { return std::stoll("0" + database_.Value(sql)); }

 private:
  TestDatabase database_;
  qinglian::journal::Journal journal_;
  ItemProjection projection_;
};

// The options of tests: short pauses.
qinglian::projection::FollowerOptions FollowerOptionsOf(const std::string& address,
                                                        const mysql::Options& database);

}  // namespace qinglian::test::projection

#endif  // QINGLIAN_TESTS_STORAGE_PROJECTION_ITEM_PROJECTION_H_
