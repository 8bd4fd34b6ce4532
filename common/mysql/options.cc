#include "common/mysql/options.h"

#include <fstream>
#include <optional>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::mysql {
namespace {

using status::StdView;
using status::View;

absl::Status Invalid(std::string_view detail) {
  return status::Error(status::kConfigInvalid,
                       {{"detail", absl::StrCat("the database URL: ", View(detail))}});
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> Decode(absl::string_view text, std::string_view part) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i]);
      continue;
    }
    int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Invalid(absl::StrCat(View(part), " holds a '%' that two hex digits do not follow"));
    }
    result.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return result;
}

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat("The database password file ", path, " cannot be read."));
  }
  std::string password = content.str();
  if (!password.empty() && password.back() == '\n') password.pop_back();
  if (!password.empty() && password.back() == '\r') password.pop_back();
  return password;
}

absl::Status SetDuration(std::string_view key, const std::string& value, absl::Duration* out) {
  if (!absl::ParseDuration(value, out) || *out <= absl::ZeroDuration()) {
    return Invalid(absl::StrCat(View(key), " is not a duration such as 5s"));
  }
  return absl::OkStatus();
}

absl::Status SetParameter(std::string_view key, const std::string& value, Options* options,
                          std::optional<std::string>* password_file) {
  if (key == "socket") {
    options->unix_socket = value;
  } else if (key == "password_file") {
    *password_file = value;
  } else if (key == "tls_ca") {
    options->tls_ca = value;
  } else if (key == "connect_timeout") {
    return SetDuration(key, value, &options->connect_timeout);
  } else if (key == "io_timeout") {
    return SetDuration(key, value, &options->io_timeout);
  } else if (key == "lock_wait_timeout") {
    return SetDuration(key, value, &options->lock_wait_timeout);
  } else if (key == "statement_cache") {
    uint32_t count = 0;
    if (!absl::SimpleAtoi(value, &count) || count == 0) {
      return Invalid("statement_cache is not a number above zero");
    }
    options->statement_cache = count;
  } else {
    return Invalid(
        "it has a parameter that is none of socket, password_file, tls_ca, "
        "connect_timeout, io_timeout, lock_wait_timeout, statement_cache");
  }
  return absl::OkStatus();
}

absl::Status SetHost(absl::string_view text, Options* options) {
  absl::string_view host = text;
  absl::string_view port;
  if (absl::ConsumePrefix(&host, "[")) {
    size_t end = host.find(']');
    if (end == absl::string_view::npos) return Invalid("the host's bracket is not closed");
    port = host.substr(end + 1);
    host = host.substr(0, end);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) {
      return Invalid("something other than a port follows the host");
    }
  } else if (size_t colon = host.rfind(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (!host.empty()) options->host = std::string(host);
  if (port.empty()) return absl::OkStatus();
  if (!absl::SimpleAtoi(port, &options->port) || options->port < 1 || options->port > 65535) {
    return Invalid("the port is not a number from 1 to 65535");
  }
  return absl::OkStatus();
}

absl::Status SetUser(absl::string_view text, Options* options, bool* has_password) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  ASSIGN_OR_RETURN(options->user, Decode(parts.first, "the user name"));
  *has_password = text.find(':') != absl::string_view::npos;
  ASSIGN_OR_RETURN(options->password, Decode(parts.second, "the password"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseUrl(std::string_view url) {
  Options options;
  absl::string_view rest = View(url);
  if (!absl::ConsumePrefix(&rest, "mysql://")) return Invalid("it does not begin with mysql://");
  std::pair<absl::string_view, absl::string_view> query =
      absl::StrSplit(rest, absl::MaxSplits('?', 1));
  rest = query.first;
  bool has_password = false;
  if (size_t at = rest.rfind('@'); at != absl::string_view::npos) {
    RETURN_IF_ERROR(SetUser(rest.substr(0, at), &options, &has_password));
    rest = rest.substr(at + 1);
  }
  if (options.user.empty()) return Invalid("it names no user");
  std::pair<absl::string_view, absl::string_view> path =
      absl::StrSplit(rest, absl::MaxSplits('/', 1));
  RETURN_IF_ERROR(SetHost(path.first, &options));
  ASSIGN_OR_RETURN(options.schema, Decode(path.second, "the schema"));

  std::optional<std::string> password_file;
  for (absl::string_view item : absl::StrSplit(query.second, '&', absl::SkipEmpty())) {
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(std::string value, Decode(parts.second, "a parameter"));
    RETURN_IF_ERROR(SetParameter(StdView(parts.first), value, &options, &password_file));
  }
  if (password_file.has_value()) {
    if (has_password) return Invalid("it has both a password and a password_file");
    ASSIGN_OR_RETURN(options.password, ReadPassword(*password_file));
  }
  return options;
}

}  // namespace qinglian::mysql
