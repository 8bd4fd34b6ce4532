#include "tests/storage/journal/writers.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace qinglian::test::journal {

Writers::Writers(Items& items, int threads, int resources) : items_(items) {
  TestCall call(items.options(), "/create");
  for (int i = 0; i < resources; ++i) {
    auto item = items.CreateOne(call, 0);
    if (!item.ok()) std::abort();
    names_.push_back(item->name());
    ++committed_;
  }
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

Writers::~Writers() { Stop(); }

int64_t Writers::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return committed_;
}

void Writers::Run(int seed) {
  auto connection = items_.database().Open();
  std::minstd_rand random(seed + 1);
  while (!stop_) {
    const std::string& name = names_[random() % names_.size()];
    if (WriteOnce(*connection, name, random() % 10 != 0, random() % 3000)) ++committed_;
    items_.journal().Wake();
  }
}

bool Writers::WriteOnce(mysql::Connection& connection, const std::string& name, bool commit,
                        int delay_us) {
  AddToItemRequest request;
  request.set_name(name);
  request.set_amount(1);
  qinglian::journal::EffectFacts facts{.effect = "add", .key = NewRequestId()};
  if (!connection.Run("START TRANSACTION").ok()) return false;
  const bool appended =
      qinglian::journal::RunEffect(items_.journal(), connection, facts, [&](auto& transaction) {
        return Items::AddIn(transaction, request).status();
      }).ok();
  std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
  if (appended && commit) return connection.Run("COMMIT").ok();
  (void)connection.Run("ROLLBACK");
  return false;
}

SequencerProcess::SequencerProcess(const mysql::Options& options) {
  std::string program = QINGLIAN_SEQUENCER_PROCESS;
  std::string socket = options.unix_socket, user = options.user, schema = options.schema;
  char* arguments[] = {program.data(), socket.data(), user.data(), schema.data(), nullptr};
  if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environ) != 0) {
    std::perror(program.c_str());
    std::abort();
  }
}

SequencerProcess::~SequencerProcess() { Kill(); }

void SequencerProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace qinglian::test::journal
