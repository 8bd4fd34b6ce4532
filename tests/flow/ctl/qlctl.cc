#include "tests/flow/ctl/qlctl.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"

extern char** environ;

namespace qinglian::test {
namespace {

// A file that takes what a process says.
class Capture {
 public:
  Capture() { fd_ = mkstemp(path_); }
  ~Capture() {
    close(fd_);
    std::filesystem::remove(path_);
  }
  int fd() const { return fd_; }
  std::string Read() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  char path_[32] = "/tmp/qinglian-qlctl-XXXXXX";
  int fd_;
};

}  // namespace

std::vector<google::protobuf::Struct> Said::Objects() const {
  std::vector<google::protobuf::Struct> objects;
  for (const auto& line : absl::StrSplit(out, '\n', absl::SkipEmpty())) {
    const std::string json(line);
    const auto parsed = google::protobuf::util::JsonStringToMessage(json, &objects.emplace_back());
    EXPECT_TRUE(parsed.ok()) << "not a JSON object: " << json;
  }
  return objects;
}

std::string Text(const google::protobuf::Struct& object, const std::string& member) {
  const auto found = object.fields().find(member);
  return found == object.fields().end() ? "" : found->second.string_value();
}

Said Qlctl(const std::vector<std::string>& flags, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), flags.begin(), flags.end());
  arguments.insert(arguments.begin(), QLCTL_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const Capture out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.fd(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.fd(), 2);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, QLCTL_BINARY, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(error, 0) << "cannot start qlctl";
  int status = 0;
  if (error == 0) waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out.Read(), err.Read()};
}

}  // namespace qinglian::test
