// nginx as a gRPC proxy: one worker, connections to the backend kept and never counted out.
#ifndef QINGLIAN_TESTS_BENCH_NGINX_H_
#define QINGLIAN_TESTS_BENCH_NGINX_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "tests/bench/folder.h"
#include "tests/bench/process.h"

namespace qinglian::bench {

struct NginxOptions {
  // The port of loopback where the backend listens.
  int backend = 0;
  // TLS, with this certificate and its key, one file; empty for none.
  std::string certificate = {};
  // Whose certificates callers may show.
  std::string authority = {};
};

class Nginx {
 public:
  // Ends the benchmark where it does not start.
  explicit Nginx(const NginxOptions& options);

  std::string address() const;
  // The process that does the work.
  pid_t worker() const { return worker_; }

 private:
  void WriteConfig(const NginxOptions& options) const;

  Folder folder_;
  int port_ = 0;
  std::unique_ptr<Process> process_;
  pid_t worker_ = 0;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_NGINX_H_
