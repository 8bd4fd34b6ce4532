#include "tests/bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace qinglian::bench {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

void Fail(const std::string& why) {
  fprintf(stderr, "benchmark: %s\n", why.c_str());
  // Asked first, because nginx's master ends its worker then.
  for (const pid_t child : ChildrenOf(getpid())) kill(child, SIGTERM);
  usleep(200'000);
  for (const pid_t child : ChildrenOf(getpid())) kill(child, SIGKILL);
  _exit(1);
}

Process::Process(const std::vector<std::string>& arguments, const std::string& log) {
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) Fail("cannot start a process");
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int file = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  perror(argv[0]);
  _exit(127);
}

Process::~Process() {
  if (pid_ < 0) return;
  // The children of nginx's master are ended by it.
  kill(pid_, SIGTERM);
  for (int i = 0; i < 500; ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
    usleep(10'000);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RunProgram(const std::vector<std::string>& arguments, const std::string& log) {
  Process process(arguments, log);
  if (process.Wait() == 0) return;
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  Fail(arguments[0] + " failed: " + said.str());
}

std::string Binary(const std::string& process) {
  if (process == "edge") return "/usr/sbin/haproxy";
  if (process == "open_gateway") return QINGLIAN_BINARY_DIR "/tests/bench/open_gateway";
  return std::string(QINGLIAN_BINARY_DIR) + "/services/" + (process == "qlctl" ? "ctl" : process) +
         "/" + process;
}

int Process::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

double CpuSeconds(pid_t pid) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    Fail("process " + std::to_string(pid) + " is gone");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double PeakMebibytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  double kilobytes = 0;
  while (file >> word) {
    if (word == "VmHWM:" && file >> kilobytes) return kilobytes / 1024;
  }
  Fail("process " + std::to_string(pid) + " is gone");
}

double PeakMebibytesOfChildren() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (pid_t child; file >> child;) children.push_back(child);
  return children;
}

pid_t AwaitChild(pid_t pid) {
  for (int wait = 0; wait < 1000; ++wait) {
    const std::vector<pid_t> children = ChildrenOf(pid);
    if (children.size() == 1) return children[0];
    usleep(10'000);
  }
  Fail("a process that should have one child has none, or several");
}

pid_t PidOf(const std::string& process) {
  std::error_code ignored;
  const std::filesystem::path binary = std::filesystem::canonical(Binary(process), ignored);
  for (const pid_t pid : ChildrenOf(getpid())) {
    if (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", ignored) == binary)
      return pid;
  }
  Fail(process + " does not run");
}

int FreePort() {
  const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(handle, reinterpret_cast<sockaddr*>(&address), size) != 0) Fail("no free port");
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  close(handle);
  return ntohs(address.sin_port);
}

void AwaitPort(int port) {
  const sockaddr_in address = Loopback(port);
  for (int i = 0; i < 500; ++i) {
    const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int result =
        connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    close(handle);
    if (result == 0) return;
    usleep(20'000);
  }
  Fail("nobody listens on port " + std::to_string(port));
}

}  // namespace qinglian::bench
