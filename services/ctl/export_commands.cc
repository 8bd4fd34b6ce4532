#include "services/ctl/export_commands.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/util/delimited_message_util.h"
#include "services/ctl/csv.h"
#include "services/ctl/import_file.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {
namespace {

// How often a stream may break in a row before anything came, and how long one waits for the next.
constexpr int kTries = 10;
constexpr absl::Duration kPause = absl::Seconds(1);

// Spreadsheets take a file for UTF-8 by it.
constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

absl::Status CannotWrite(const std::string& path) {
  return status::Error(
      status::kIoFailed,
      {{"detail", absl::StrCat("cannot write ", path, ": ", std::strerror(errno))}});
}

// The purpose is of exports of personal data alone.
void SetPurpose(const std::string& purpose, organization::v1::ExportPersonsRequest& request) {
  request.set_purpose(purpose);
}
void SetPurpose(const std::string&, organization::v1::ExportOrganizationsRequest&) {}

// Writes a file beside its place and puts it there when it is whole.
template <class Table>
class ExportRun {
 public:
  ExportRun(const Context& context, std::string path, const ExportOptions& options)
      : context_(context),
        path_(std::move(path)),
        next_(path_ + ".new"),
        options_(options),
        chinese_(options.language == "chinese"),
        messages_(HoldsMessages(path_)) {}

  absl::Status Run() {
    const absl::Status status = WriteAll();
    if (!status.ok()) {
      std::remove(next_.c_str());
      return status;
    }
    if (std::rename(next_.c_str(), path_.c_str()) != 0) return CannotWrite(path_);
    std::cout << Table::kWhat << ": " << rows_ << " rows\n";
    return absl::OkStatus();
  }

 private:
  absl::Status WriteAll() {
    // Readable by its owner alone from the first byte on: it may be about persons.
    std::remove(next_.c_str());
    const mode_t before = umask(S_IRWXG | S_IRWXO);
    std::ofstream file(next_, std::ios::binary);
    umask(before);
    if (!file) return CannotWrite(next_);
    if (!messages_)
      file << (chinese_ ? kByteOrderMark : "") << CsvLine(Table::Format().Header(chinese_));
    RETURN_IF_ERROR(Receive(file));
    file.close();
    return file ? absl::OkStatus() : CannotWrite(next_);
  }

  // Goes on where a stream broke off, as long as anything comes.
  absl::Status Receive(std::ofstream& file) {
    typename Table::ExportRequest request;
    request.set_subtree(options_.subtree);
    SetPurpose(options_.purpose, request);
    for (int in_vain = 0;;) {
      const int64_t before = rows_;
      const absl::Status status = ReceiveSome(request, file);
      const bool broke_off = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
      in_vain = rows_ > before ? 0 : in_vain + 1;
      if (!broke_off || in_vain == kTries) return status;
      absl::SleepFor(kPause);
    }
  }

  // Until the stream ends. `request` knows afterwards where the next goes on.
  absl::Status ReceiveSome(typename Table::ExportRequest& request, std::ofstream& file) {
    rpc::CallOptions call = context_.CallOptions();
    // No stream may last longer than a quarter of an hour.
    call.timeout = absl::Minutes(14);
    rpc::ServerStreamClient<typename Table::ExportRequest, typename Table::ExportResponse> stream(
        context_.channel, Table::kExport, request, call);
    typename Table::ExportResponse response;
    while (stream.Read(&response)) {
      for (const auto& row : response.rows()) RETURN_IF_ERROR(Write(row, file));
      request.set_page_token(response.next_page_token());
    }
    return stream.Finish();
  }

  absl::Status Write(const typename Table::Row& row, std::ofstream& file) {
    ++rows_;
    if (messages_) {
      if (!google::protobuf::util::SerializeDelimitedToOstream(row, &file))
        return CannotWrite(next_);
      return absl::OkStatus();
    }
    for (const Cells& cells : Table::Write(row, chinese_)) file << CsvLine(cells);
    return file ? absl::OkStatus() : CannotWrite(next_);
  }

  const Context& context_;
  const std::string path_;
  const std::string next_;
  const ExportOptions& options_;
  const bool chinese_;
  const bool messages_;
  int64_t rows_ = 0;
};

}  // namespace

absl::Status Export(const Context& context, const Arguments& arguments,
                    const ExportOptions& options) {
  if (options.language != "english" && options.language != "chinese")
    return Usage("--language is english or chinese");
  const std::string what = arguments.size() == 2 ? arguments[0] : "";
  if (what == OrganizationTable::kWhat)
    return ExportRun<OrganizationTable>(context, arguments[1], options).Run();
  if (what == PersonTable::kWhat)
    return ExportRun<PersonTable>(context, arguments[1], options).Run();
  return Usage("export wants what and whereto: qlctl export organizations FILE.csv");
}

}  // namespace qinglian::ctl
