#include "tests/flow/gateway/long_wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/time/clock.h"

namespace qinglian::gateway::test {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

LongWire::LongWire(int port, absl::Duration delay) : target_(port), delay_(delay) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 128) != 0)
    std::abort();
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

LongWire::~LongWire() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  CloseAll();
  for (std::thread& carrier : carriers_) carrier.join();
  for (const int end : open_) close(end);
  close(listener_);
}

void LongWire::Break() {
  state_ = State::kBroken;
  CloseAll();
}

void LongWire::Mend() {
  state_ = State::kWhole;
  CloseAll();
}

void LongWire::CloseAll() {
  const std::lock_guard lock(mutex_);
  for (const int end : open_) shutdown(end, SHUT_RDWR);
}

void LongWire::Accept() {
  while (true) {
    const int near = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (near < 0) return;
    Connect(near);
  }
}

void LongWire::Connect(int near) {
  const int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(target_);
  const std::lock_guard lock(mutex_);
  open_.insert(open_.end(), {near, far});
  if (state_ == State::kBroken ||
      connect(far, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    shutdown(near, SHUT_RDWR);
    return;
  }
  const int at_once = 1;
  for (const int end : {near, far})
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  carriers_.emplace_back([this, near, far] { Carry(near, far); });
  carriers_.emplace_back([this, near, far] { Carry(far, near); });
}

void LongWire::Carry(int from, int to) {
  std::vector<char> piece(64 << 10);
  while (true) {
    const ssize_t size = read(from, piece.data(), piece.size());
    absl::SleepFor(delay_);
    if (size <= 0) break;
    if (state_ == State::kSilent) continue;
    if (send(to, piece.data(), static_cast<size_t>(size), MSG_NOSIGNAL) != size) break;
  }
  shutdown(to, SHUT_WR);
}

}  // namespace qinglian::gateway::test
