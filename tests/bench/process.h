// Child processes of a benchmark: started, measured, and never left behind.
#ifndef QINGLIAN_TESTS_BENCH_PROCESS_H_
#define QINGLIAN_TESTS_BENCH_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace qinglian::bench {

// Ends with the benchmark, however that ends.
class Process {
 public:
  // Starts `arguments`, with its output in `log`. Ends the benchmark where that fails.
  Process(const std::vector<std::string>& arguments, const std::string& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // Waits for its end by itself; its status as of waitpid.
  int Wait();

 private:
  pid_t pid_;
};

// The processor time that a process has used, in user and kernel mode, in seconds.
double CpuSeconds(pid_t pid);

// The most memory that a process has had at a time, in MiB.
double PeakMebibytes(pid_t pid);

// The same of the child that had most, of those that have ended.
double PeakMebibytesOfChildren();

// The process of ours that runs the program of a service, the gateway or the edge.
pid_t PidOf(const std::string& process);

// The processes whose parent is `pid`.
std::vector<pid_t> ChildrenOf(pid_t pid);

// The one process that `pid` has started, or is about to; ends the benchmark where there is none
// after ten seconds, or more than one.
pid_t AwaitChild(pid_t pid);

// A port of loopback on which nobody listens now.
int FreePort();

// Waits until somebody listens on `port`; ends the benchmark after ten seconds.
void AwaitPort(int port);

// The program of a service, the gateway or qlctl, as the build made it, or of the edge.
std::string Binary(const std::string& process);

// Runs a program to its end, its output in `log`. Ends the benchmark where it fails.
void RunProgram(const std::vector<std::string>& arguments, const std::string& log);

// Says why on stderr and ends the benchmark with all that it started. Thread-safe.
[[noreturn]] void Fail(const std::string& why);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_PROCESS_H_
