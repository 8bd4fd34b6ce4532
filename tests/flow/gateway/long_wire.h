// A wire on which everything takes its time, and that can be cut.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace qinglian::gateway::test {

// Passes every byte on, either way, `delay` after it came. What one end closes, the other finds
// closed, as late.
class LongWire {
 public:
  // Listens on a free port of loopback for what goes to `port`.
  LongWire(int port, absl::Duration delay);
  // Cuts what is open.
  ~LongWire();
  LongWire(const LongWire&) = delete;
  LongWire& operator=(const LongWire&) = delete;

  int port() const { return port_; }

  // From now on nothing passes: both ends find the wire closed whenever they try.
  void Break();
  // From now on nothing passes, and neither end is told.
  void FallSilent() { state_ = State::kSilent; }
  // New connections pass again; those that were cut off are closed.
  void Mend();

 private:
  enum class State { kWhole, kBroken, kSilent };

  void Accept();
  void Connect(int near);
  void CloseAll();
  void Carry(int from, int to);

  const int target_;
  const absl::Duration delay_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<State> state_{State::kWhole};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_
