// Stands between a client and its database and cuts the connection at COMMIT.
#ifndef QINGLIAN_TESTS_STORAGE_JOURNAL_CUTTING_PROXY_H_
#define QINGLIAN_TESTS_STORAGE_JOURNAL_CUTTING_PROXY_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace qinglian::test::journal {

// Forwards a unix socket to another. Thread-safe.
class CuttingProxy {
 public:
  enum class Cut {
    kNever,
    // The COMMIT never reaches the server.
    kBeforeCommit,
    // The server commits and answers; the answer never reaches the client.
    kAfterCommit,
    // The connection is gone while the server commits.
    kDuringCommit,
  };

  explicit CuttingProxy(std::string upstream);
  ~CuttingProxy();

  const std::string& socket() const { return socket_; }
  // For the next COMMIT only.
  void Arm(Cut cut) { cut_ = cut; }
  // How many connections were cut.
  int cuts() const { return cuts_; }

 private:
  void Serve();
  void Forward(int client);
  // Moves what there is from one side to the other; false when the connection is over.
  bool FromClient(int client, int server);

  const std::string upstream_;
  std::string socket_;
  int listener_ = -1;
  std::atomic<Cut> cut_{Cut::kNever};
  std::atomic<int> cuts_{0};
  std::atomic<bool> stop_{false};
  std::thread acceptor_;
  std::vector<std::thread> forwarders_;
};

}  // namespace qinglian::test::journal

#endif  // QINGLIAN_TESTS_STORAGE_JOURNAL_CUTTING_PROXY_H_
