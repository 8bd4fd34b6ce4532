// sequencer_process SOCKET USER SCHEMA: sequences until it is killed, or its parent is gone.
#include <unistd.h>

#include "common/clock/clock.h"
#include "common/journal/sequencer.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  qinglian::mysql::InitializeDriver();
  const auto& clock = qinglian::clock::SystemClock::Instance();
  qinglian::journal::Journal journal(
      {.service = "items", .system_clock = clock, .business_clock = clock});
  qinglian::journal::SequencerOptions options;
  options.database.unix_socket = argv[1];
  options.database.user = argv[2];
  options.database.schema = argv[3];
  options.holder = "process";
  qinglian::journal::Sequencer sequencer(journal, options);
  const pid_t parent = getppid();
  while (getppid() == parent) usleep(100'000);
  return 0;
}
