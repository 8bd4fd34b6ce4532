// A service with a feed of items, over a real socket.
#ifndef QINGLIAN_TESTS_STORAGE_PROJECTION_UPSTREAM_H_
#define QINGLIAN_TESTS_STORAGE_PROJECTION_UPSTREAM_H_

#include <memory>
#include <string>
#include <vector>

#include "common/journal/feed.h"
#include "common/journal/history.h"
#include "common/journal/sequencer.h"
#include "common/metrics/metrics.h"
#include "common/rpc/server.h"
#include "tests/storage/journal/items.h"

namespace qinglian::test::projection {

// Its feed goes by the name `organization`, whose JournalService it offers: any contract would do.
class Upstream {
 public:
  Upstream();
  ~Upstream();

  journal::Items& items() { return items_; }
  const std::string& address() const { return address_; }

  // Begins to serve, again after Stop.
  void Start();
  // The process is gone; its database is not.
  void Stop();

  // New items with these values; their names.
  std::vector<std::string> Create(int count, int64_t value = 0);
  // Adds to an item: one change.
  void Add(const std::string& item, int64_t amount);
  // What the items are: name, version and value, by name.
  std::string Contents() const;

 private:
  // Everything that ends with a process.
  struct Process;

  journal::Items items_;
  std::string folder_;
  std::string address_;
  std::unique_ptr<Process> process_;
};

}  // namespace qinglian::test::projection

#endif  // QINGLIAN_TESTS_STORAGE_PROJECTION_UPSTREAM_H_
