// A wire between a caller and the gateway on which everything takes its time.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_

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

 private:
  void Accept();
  void Carry(int from, int to);

  const int target_;
  const absl::Duration delay_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> open_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_LONG_WIRE_H_
