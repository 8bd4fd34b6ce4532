// The gateway as a process: it starts by its flags, says in one line why it cannot, and leaves with
// 0.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/flow/gateway/fixture.h"

namespace qinglian::gateway::test {
namespace {

using ::testing::HasSubstr;

// The gateway's program, with what it says on stderr.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      std::vector<char*> argv = {const_cast<char*>(GATEWAY_BINARY), const_cast<char*>("serve")};
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_);
  }

  // Reads what it says until `text` is there or it ends.
  const std::string& ReadUntil(const std::string& text) {
    char buffer[4096];
    while (said_.find(text) == std::string::npos) {
      const ssize_t size = read(output_, buffer, sizeof(buffer));
      if (size <= 0) break;
      said_.append(buffer, static_cast<size_t>(size));
    }
    return said_;
  }

  void Signal(int signal) { kill(pid_, signal); }

  // The code it exits with, or -1 where it was killed.
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
  std::string said_;
};

// A key of identity tokens, for its owner alone.
std::string KeyFile() {
  std::string path = testing::TempDir() + "identity_key";
  std::ofstream(path) << qinglian::test::kIdentityKey << "\n";
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::vector<std::string> Arguments(const std::string& listen, const std::string& target) {
  return {"--listen=" + listen,
          "--metrics_address=127.0.0.1:0",
          "--drain_delay=0s",
          "--upstream=organization=" + target,
          "--identity_key_file=" + KeyFile(),
          std::string("--token_issuer=") + Provider::kIssuer,
          std::string("--token_audience=") + Provider::kAudience,
          "--token_keys=" + Provider::KeysUrl()};
}

int PortIn(const std::string& line) {
  const size_t at = line.find("\"port\":");
  return at == std::string::npos ? 0 : std::stoi(line.substr(at + 7));
}

TEST(Program, ServesTheLinkedContractUntilItIsToldToLeaveAndExitsWithZero) {
  Registry registry;
  Program program(Arguments("127.0.0.1:0", registry.target()));
  const int port = PortIn(program.ReadUntil("metrics_port"));
  ASSERT_GT(port, 0);
  Caller caller(port);
  ASSERT_TRUE(Await([&] { return registry.leases() == 1; }));
  grpc::ClientContext context;
  // The service has no such method, and says so through the gateway.
  const grpc::Status status = caller.Unary(
      "/qinglian.organization.v1.OrganizationService/GetOrganization", "", nullptr, context);
  EXPECT_EQ(InfoOf(status).reason(), "METHOD_UNKNOWN");
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST(Program, RefusesAnAddressThatOthersCanReachInOneLine) {
  Program program(Arguments("0.0.0.0:0", "127.0.0.1:1"));
  const std::string said = program.ReadUntil("nothing so that all is read");
  EXPECT_THAT(said, HasSubstr("is not host:port on loopback"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
  EXPECT_EQ(program.Wait(), 1);
}

TEST(Program, SaysThatItsPortIsTaken) {
  Backend backend;
  Program program(Arguments(backend.target(), "127.0.0.1:1"));
  const std::string said = program.ReadUntil("nothing so that all is read");
  EXPECT_THAT(said, HasSubstr("gateway: "));
  EXPECT_THAT(said, HasSubstr("cannot listen on " + backend.target()));
  EXPECT_EQ(program.Wait(), 1);
}

}  // namespace
}  // namespace qinglian::gateway::test
