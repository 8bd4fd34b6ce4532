#include "tests/bench/nginx.h"

#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"

namespace qinglian::bench {

Nginx::Nginx(const NginxOptions& options) : port_(FreePort()) {
  WriteConfig(options);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"nginx", "-p", folder_ / "", "-c", folder_ / "nginx.conf"},
      folder_ / "nginx.log");
  AwaitPort(port_);
  worker_ = AwaitChild(process_->pid());
}

std::string Nginx::address() const { return absl::StrCat("127.0.0.1:", port_); }

void Nginx::WriteConfig(const NginxOptions& options) const {
  std::ofstream file(folder_ / "nginx.conf");
  file << "daemon off;\nworker_processes 1;\npid " << folder_ / "nginx.pid"
       << ";\nerror_log stderr error;\n"
       << "events { worker_connections 1024; }\nhttp {\n  access_log off;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    file << "  " << kind << "_temp_path " << folder_ / kind << ";\n";
  file << "  keepalive_requests 1000000000;\n  keepalive_timeout 1h;\n"
       << "  upstream backend {\n    server 127.0.0.1:" << options.backend
       << ";\n    keepalive 128;\n"
       << "    keepalive_requests 1000000000;\n    keepalive_timeout 1h;\n  }\n"
       << "  server {\n    listen 127.0.0.1:" << port_
       << (options.certificate.empty() ? "" : " ssl")
       << " http2;\n    http2_max_concurrent_streams 256;\n";
  if (!options.certificate.empty()) {
    file << "    ssl_certificate " << options.certificate << ";\n    ssl_certificate_key "
         << options.certificate << ";\n    ssl_client_certificate " << options.authority
         << ";\n    ssl_verify_client optional;\n    ssl_protocols TLSv1.2 TLSv1.3;\n";
  }
  file << "    location / { grpc_pass grpc://backend; }\n  }\n}\n";
  if (!file.flush()) Fail("cannot write nginx's configuration");
}

}  // namespace qinglian::bench
