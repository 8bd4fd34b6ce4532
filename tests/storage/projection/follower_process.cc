// follower_process ADDRESS SOCKET USER SCHEMA: follows until it is killed, or its parent is gone.
#include <unistd.h>

#include "common/clock/clock.h"
#include "tests/storage/projection/item_projection.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  qinglian::mysql::InitializeDriver();
  const auto& clock = qinglian::clock::SystemClock::Instance();
  qinglian::journal::Journal journal(
      {.service = "risk", .system_clock = clock, .business_clock = clock});
  qinglian::mysql::Options database;
  database.unix_socket = argv[2];
  database.user = argv[3];
  database.schema = argv[4];
  qinglian::test::projection::ItemProjection projection;
  qinglian::projection::Follower follower(
      journal, projection, qinglian::test::projection::FollowerOptionsOf(argv[1], database));
  follower.Start();
  const pid_t parent = getppid();
  while (getppid() == parent) usleep(100'000);
  return 0;
}
