#include "common/journal/checkpoint.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/id/uuid.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::journal {
namespace {

absl::Status IoFailed(const std::string& path, const char* what) {
  return status::Error(status::kIoFailed,
                       {{"detail", absl::StrCat(path, ": ", what, ": ", std::strerror(errno))}});
}

absl::Status Malformed(const std::string& path, size_t line) {
  return status::Error(status::kConfigInvalid,
                       {{"detail", absl::StrCat(path, ":", line, " is not a checkpoint")}});
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return std::string();
    return IoFailed(path, "cannot be opened");
  }
  std::stringstream content;
  content << file.rdbuf();
  if (file.bad()) return IoFailed(path, "cannot be read");
  return content.str();
}

bool WriteAll(int file, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += written;
  }
  return fdatasync(file) == 0;
}

// Whole or not at all: a full disk takes the beginning of a line, and what came after that would
// make one line of both.
bool Append(int file, const std::string& line) {
  struct stat before = {};
  if (fstat(file, &before) != 0) return false;
  if (WriteAll(file, line)) return true;
  const int why = errno;
  [[maybe_unused]] const int cut = ftruncate(file, before.st_size);
  errno = why;
  return false;
}

}  // namespace

absl::StatusOr<std::string> LoadKey(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", absl::StrCat(path, " cannot be read")}});
  }
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const bool hexadecimal =
      text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!hexadecimal) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", absl::StrCat(path, " does not hold 64 hexadecimal digits")}});
  }
  return absl::HexStringToBytes(text);
}

std::string SignatureOf(const v1::Checkpoint& checkpoint, const std::string& key) {
  crypto::Canonical canonical;
  canonical.Add(checkpoint.service())
      .Add(checkpoint.incarnation())
      .Add(static_cast<uint64_t>(checkpoint.position()))
      .Add(checkpoint.hash())
      .Add(static_cast<int64_t>(checkpoint.time().seconds()))
      .Add(static_cast<int64_t>(checkpoint.time().nanos()));
  return crypto::Hmac(crypto::DeriveKey(key, "qinglian journal checkpoint 1"), canonical.bytes());
}

std::string CheckpointPath(const std::string& dir, const std::string& service) {
  return absl::StrCat(dir, "/", service, ".checkpoints");
}

absl::StatusOr<std::vector<v1::Checkpoint>> ReadCheckpoints(const std::string& path) {
  ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  std::vector<v1::Checkpoint> checkpoints;
  size_t begin = 0;
  for (size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    v1::Checkpoint checkpoint;
    if (!google::protobuf::util::JsonStringToMessage(content.substr(begin, end - begin),
                                                     &checkpoint)
             .ok()) {
      return Malformed(path, checkpoints.size() + 1);
    }
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

absl::StatusOr<std::unique_ptr<CheckpointWriter>> CheckpointWriter::Open(
    CheckpointOptions options) {
  const std::string path = CheckpointPath(options.dir, options.service);
  ASSIGN_OR_RETURN(std::vector<v1::Checkpoint> before, ReadCheckpoints(path));
  ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return IoFailed(path, "cannot be opened");
  auto writer = std::unique_ptr<CheckpointWriter>(new CheckpointWriter(std::move(options), file));
  const size_t lines_end = content.rfind('\n') == std::string::npos ? 0 : content.rfind('\n') + 1;
  if (lines_end != content.size() && ftruncate(file, lines_end) != 0) {
    return IoFailed(path, "cannot be cut to whole lines");
  }
  if (!before.empty()) writer->last_ = before.back();
  return writer;
}

CheckpointWriter::~CheckpointWriter() { close(file_); }

bool CheckpointWriter::Due(const Head& head, const std::string& incarnation, absl::Time now) const {
  if (incarnation != last_.incarnation()) return true;
  if (head.position <= last_.position()) return false;
  return head.position - last_.position() >= options_.positions ||
         now - written_ >= options_.interval;
}

absl::Status CheckpointWriter::OnHead(const Head& head) {
  ASSIGN_OR_RETURN(id::Uuid incarnation, id::Uuid::FromBytes(head.incarnation));
  const absl::Time now = options_.clock.Now();
  if (!Due(head, incarnation.ToString(), now)) return absl::OkStatus();
  v1::Checkpoint checkpoint;
  checkpoint.set_service(options_.service);
  checkpoint.set_incarnation(incarnation.ToString());
  checkpoint.set_position(head.position);
  checkpoint.set_hash(head.hash);
  *checkpoint.mutable_time() = clock::ToTimestamp(now);
  checkpoint.set_signature(SignatureOf(checkpoint, options_.key));
  std::string line;
  if (!google::protobuf::util::MessageToJsonString(checkpoint, &line).ok()) {
    return status::Error(status::kIoFailed, {{"detail", "a checkpoint cannot be written as JSON"}});
  }
  if (!Append(file_, line + "\n")) {
    return IoFailed(CheckpointPath(options_.dir, options_.service), "cannot be written");
  }
  last_ = std::move(checkpoint);
  written_ = now;
  return absl::OkStatus();
}

absl::StatusOr<Head> RenewIncarnation(mysql::Connection& connection) {
  const std::string incarnation = id::Uuid::NewV4().Bytes();
  RETURN_IF_ERROR(
      connection
          .Execute("UPDATE journal_lease SET incarnation=? WHERE name='journal'", {incarnation})
          .status());
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT head_position, head_hash, incarnation FROM "
                                    "journal_lease WHERE name='journal'"));
  if (!rows.Next()) return absl::DataLossError("the row of the journal's lease is missing");
  return Head{.position = rows.Uint(0), .hash = rows.Bytes(1), .incarnation = rows.Bytes(2)};
}

}  // namespace qinglian::journal
