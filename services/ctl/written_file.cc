#include "services/ctl/written_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::ctl {
namespace {

absl::Status CannotWrite(const std::string& path) {
  return status::Error(
      status::kIoFailed,
      {{"detail", absl::StrCat("cannot write ", path, ": ", std::strerror(errno))}});
}

absl::Status WriteAll(int descriptor, const std::string& path, const std::string& text) {
  const bool written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(descriptor) == 0;
  close(descriptor);
  return written ? absl::OkStatus() : CannotWrite(path);
}

}  // namespace

absl::Status WriteNew(const std::string& path, const std::string& text, mode_t mode) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0 && errno == EEXIST) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", absl::StrCat(path, " is there already")}});
  }
  if (descriptor < 0) return CannotWrite(path);
  return WriteAll(descriptor, path, text);
}

absl::Status Replace(const std::string& path, const std::string& text, mode_t mode) {
  const std::string next = path + ".new";
  // Left by a command that was cut off.
  unlink(next.c_str());
  RETURN_IF_ERROR(WriteNew(next, text, mode));
  return rename(next.c_str(), path.c_str()) == 0 ? absl::OkStatus() : CannotWrite(path);
}

}  // namespace qinglian::ctl
