#include "common/config/secret_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace qinglian::config {
namespace {

absl::Status Invalid(const std::string& path, const char* why) {
  return status::Error(status::kConfigInvalid, {{"detail", absl::StrCat(path, why)}});
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  struct stat attributes = {};
  std::ifstream file(path, std::ios::binary);
  if (!file || ::stat(path.c_str(), &attributes) != 0) return Invalid(path, " cannot be read");
  if ((attributes.st_mode & S_IRWXO) != 0) return Invalid(path, " may be read by everybody");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace qinglian::config
