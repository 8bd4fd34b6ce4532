// A small service over one table, as the journal's tests need it.
#ifndef QINGLIAN_TESTS_STORAGE_JOURNAL_ITEMS_H_
#define QINGLIAN_TESTS_STORAGE_JOURNAL_ITEMS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"
#include "common/id/uuid.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/rpc/call.h"
#include "tests/storage/journal/item.pb.h"
#include "tests/support/database.h"

namespace qinglian::test::journal {

// A call with a database session of its own.
class TestCall : public rpc::Call {
 public:
  TestCall(const mysql::Options& options, std::string method)
      : session_(options), method_(std::move(method)) {
    caller_ = {"persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11", "", "test"};
  }

  const rpc::Caller& caller() const override { return caller_; }
  // The house itself.
  access::Scope scope() const override { return access::Scope(); }
  const std::string& method() const override { return method_; }
  const std::string& trace_id() const override { return trace_id_; }
  absl::Time deadline() const override { return deadline_; }
  bool cancelled() const override { return false; }
  mysql::Session& database() override { return session_; }

  void set_method(std::string method) { method_ = std::move(method); }
  void set_actor(std::string actor) { caller_.actor = std::move(actor); }

 private:
  mysql::Session session_;
  rpc::Caller caller_;
  std::string method_;
  std::string trace_id_ = "0af7651916cd43dd8448eb211c80319c";
  absl::Time deadline_ = absl::Now() + absl::Minutes(5);
};

// A schema with the journal and a table of items, and the methods that write them.
class Items {
 public:
  Items();

  const mysql::Options& options() const { return database_.options(); }
  const TestDatabase& database() const { return database_; }
  qinglian::journal::Journal& journal() { return journal_; }

  // Runs inside the transaction of each write, before it is appended to the journal; none at first.
  using Hook = std::function<void(qinglian::journal::Transaction&)>;

  absl::StatusOr<Item> Create(rpc::Call& call, const CreateItemRequest& request,
                              const Hook& hook = nullptr);
  // Stale etag: ABORTED; absent: NOT_FOUND. Zero is a no-op. Without an etag: whatever version it
  // has.
  absl::StatusOr<Item> Add(rpc::Call& call, const AddToItemRequest& request,
                           const Hook& hook = nullptr);
  // Each item alone.
  absl::StatusOr<BatchAddResponse> BatchAdd(rpc::Call& call, const BatchAddRequest& request,
                                            const Hook& hook = nullptr);

  // The same as Create, with everything made up.
  absl::StatusOr<Item> CreateOne(rpc::Call& call, int64_t value);

  static absl::StatusOr<Item> AddIn(qinglian::journal::Transaction& transaction,
                                    const AddToItemRequest& request);

  // The number in the first column of the first row.
  int64_t Count(const std::string& sql) const { return std::stoll("0" + database_.Value(sql)); }

 private:
  TestDatabase database_;
  qinglian::journal::Journal journal_;
};

std::string NewRequestId();

}  // namespace qinglian::test::journal

#endif  // QINGLIAN_TESTS_STORAGE_JOURNAL_ITEMS_H_
