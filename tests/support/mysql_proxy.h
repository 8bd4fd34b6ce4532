// A man in the middle between a client and the database, who can lose a COMMIT in three ways and
// take his time.
#ifndef QINGLIAN_TESTS_SUPPORT_MYSQL_PROXY_H_
#define QINGLIAN_TESTS_SUPPORT_MYSQL_PROXY_H_

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace qinglian::test {

class MysqlProxy {
 public:
  enum class Fault {
    kNone,
    kBeforeCommit,  // the COMMIT never arrives, and the server sees the connection end
    kAfterCommit,   // the server commits; its answer never arrives
    kStallCommit,  // the COMMIT is on its way for as long as the proxy lives; the client is cut off
  };

  // Listens on a socket of its own and passes everything on to `upstream_socket`.
  explicit MysqlProxy(std::string upstream_socket);
  // Ends all connections.
  ~MysqlProxy();

  std::string socket() const { return socket_; }
  // What happens to the next COMMIT; the ones after it pass again.
  void NextCommit(Fault fault) { fault_ = fault; }
  // From now on each request waits so long before it goes to the server.
  void Delay(std::chrono::milliseconds delay) { delay_ = delay; }
  // What clients have sent so far: statements, where they send one at a time.
  int requests() const { return requests_; }
  // Cuts all connections now.
  void Cut();

 private:
  void Accept();
  void Forward(int client, int server);
  // Whether the connection goes on after this piece from the client.
  bool FromClient(std::string_view piece, int server, bool* stalled);

  std::string upstream_;
  std::string dir_;
  std::string socket_;
  int listener_ = -1;
  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<std::chrono::milliseconds> delay_{std::chrono::milliseconds(0)};
  std::atomic<int> requests_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_MYSQL_PROXY_H_
