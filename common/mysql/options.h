// Where a database is and how to reach it.
#ifndef QINGLIAN_COMMON_MYSQL_OPTIONS_H_
#define QINGLIAN_COMMON_MYSQL_OPTIONS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace qinglian::mysql {

struct Options {
  std::string host = "127.0.0.1";
  int port = 3306;
  // When set, the connection goes through this socket and host and port are not used.
  std::string unix_socket;
  std::string user;
  std::string password;
  std::string schema;
  absl::Duration connect_timeout = absl::Seconds(5);
  // Longest silence of the server within a statement; must exceed the longest deadline of a call,
  // since what it cuts is the connection.
  absl::Duration io_timeout = absl::Seconds(60);
  // How long a statement waits for a row lock before it gives up (whole seconds, at least one).
  absl::Duration lock_wait_timeout = absl::Seconds(5);
  // Certificate authorities as a PEM file. Empty: no TLS. Set: the server's certificate is verified
  // and a connection that turns out unencrypted is refused.
  std::string tls_ca;
  // Prepared statements kept by each connection.
  size_t statement_cache = 200;
};

// Reads `mysql://user:password@host:port/schema?socket=/path&password_file=/path&tls_ca=/path
// &connect_timeout=5s&io_timeout=60s&lock_wait_timeout=5s&statement_cache=200`. User, password and
// schema may be percent-encoded; an IPv6 address stands in brackets. `password_file` is read at
// once and one trailing newline is dropped; it may not stand beside a password in the URL.
// INVALID_ARGUMENT names the part that is wrong and never quotes the URL, which holds a password;
// NOT_FOUND when the password file cannot be read.
absl::StatusOr<Options> ParseUrl(std::string_view url);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_OPTIONS_H_
