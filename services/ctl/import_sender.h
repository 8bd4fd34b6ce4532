// Sends the rows of an import in batches; the verdicts come back a few batches later.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_SENDER_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_SENDER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/id/uuid.h"
#include "common/rpc/channel.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/ctl/context.h"
#include "services/ctl/import_progress.h"
#include "services/ctl/import_tally.h"

namespace qinglian::ctl {

// The rows of a batch.
inline constexpr int kRowsAtOnce = 500;

// How rows are sent.
struct ImportTerms {
  bool rehearsal = false;
  // Whether these rows were sent before, without their departments.
  bool again = false;
  // Whether rows refer to nothing that comes in a later batch.
  bool complete = false;
  bool all_or_nothing = false;
  organization::v1::OnConflict on_conflict = organization::v1::ON_CONFLICT_UNSPECIFIED;
  // The import's own UUID; empty where its batches need not be told from others.
  std::string id;
};

// Used by one thread.
template <class Table>
class ImportSender {
 public:
  // `take` is told of every batch that was answered, in their order; its error ends the import.
  // `rolled_back` where the server has kept nothing because of a bad row.
  ImportSender(const Context& context, ImportTerms terms,
               std::function<absl::Status(const BatchAnswer&)> take,
               std::function<void()> rolled_back)
      : context_(context),
        terms_(std::move(terms)),
        take_(std::move(take)),
        rolled_back_(std::move(rolled_back)) {}

  absl::Status Add(int64_t line, typename Table::Row row) {
    began_ = true;
    if (batch_.rows().empty()) first_ = line;
    last_ = line;
    *batch_.add_rows() = std::move(row);
    return batch_.rows_size() < kRowsAtOnce ? absl::OkStatus() : Send();
  }

  // Whether there was any row.
  bool began() const { return began_; }

  // Sends the rest and waits for all verdicts. An error where a stream broke, also earlier.
  absl::Status Finish() {
    if (broken_.has_value()) return *broken_;
    if (batch_.rows_size() > 0) RETURN_IF_ERROR(Send());
    return Close();
  }

 private:
  // Batches sent before their verdicts are read: the server works while the next is made.
  static constexpr size_t kBatchesAhead = 3;
  // No stream may last longer than a quarter of an hour. What a rehearsal knows of earlier rows
  // ends with its stream, so that of rows that refer to each other uses the time that it has.
  static constexpr absl::Duration kStreamTimeout = absl::Minutes(14);
  static constexpr absl::Duration kStreamLife = absl::Minutes(10);

  using Stream = rpc::BidiStreamClient<typename Table::Request, typename Table::Response>;

  absl::Status Send() {
    if (stream_ != nullptr && !terms_.all_or_nothing && !(terms_.rehearsal && Table::kReferring) &&
        absl::Now() - opened_ > kStreamLife)
      RETURN_IF_ERROR(Close());
    if (stream_ == nullptr) Open();
    batch_.set_validate_only(terms_.rehearsal);
    batch_.set_on_conflict(terms_.on_conflict);
    batch_.set_all_or_nothing(terms_.all_or_nothing);
    Table::SetTerms(terms_.complete, batch_);
    if (!terms_.id.empty() && !terms_.rehearsal) batch_.set_request_id(RequestId());
    ahead_.push_back(last_);
    // What the server answered before it broke counts still: Receive finds the end.
    if (!stream_->Write(batch_)) {
      while (true) RETURN_IF_ERROR(Receive());
    }
    batch_.Clear();
    return terms_.all_or_nothing || ahead_.size() < kBatchesAhead ? absl::OkStatus() : Receive();
  }

  // The same rows always go under the same id: a batch that was kept, though its answer was lost,
  // is answered as it was.
  std::string RequestId() const {
    return id::Uuid::V5(*id::Uuid::Parse(terms_.id),
                        absl::StrCat(terms_.again ? "again " : "rows ", first_))
        .ToString();
  }

  void Open() {
    rpc::CallOptions options = context_.CallOptions();
    options.timeout = kStreamTimeout;
    stream_ = std::make_unique<Stream>(context_.channel, Table::kImport, options);
    opened_ = absl::Now();
  }

  // Ends the stream and waits for the verdicts that are due.
  absl::Status Close() {
    if (stream_ == nullptr) return absl::OkStatus();
    stream_->WritesDone();
    if (terms_.all_or_nothing) return ReceiveAll();
    while (!ahead_.empty()) RETURN_IF_ERROR(Receive());
    const absl::Status status = stream_->Finish();
    stream_.reset();
    return status;
  }

  absl::Status Receive() {
    typename Table::Response response;
    if (!stream_->Read(&response)) return Break();
    BatchAnswer answer = AnswerOf(response);
    answer.through = ahead_.front();
    ahead_.pop_front();
    return Told(answer);
  }

  // The verdicts on a whole stream come in as many messages as they need.
  absl::Status ReceiveAll() {
    typename Table::Response response;
    bool any = false;
    while (stream_->Read(&response)) {
      any = true;
      if (response.rolled_back()) rolled_back_();
      BatchAnswer answer = AnswerOf(response);
      answer.through = last_;
      RETURN_IF_ERROR(Told(answer));
    }
    const absl::Status status = stream_->Finish();
    if (status.ok() && !any) return absl::InternalError("the import ended early");
    return status;
  }

  absl::Status Break() {
    const absl::Status status = stream_->Finish();
    broken_ = status.ok() ? absl::InternalError("the import ended early") : status;
    return *broken_;
  }

  absl::Status Told(const BatchAnswer& answer) {
    absl::Status status = take_(answer);
    if (!status.ok()) broken_ = status;
    return status;
  }

  static BatchAnswer AnswerOf(const typename Table::Response& response) {
    BatchAnswer answer;
    answer.counts = {response.created_count(), response.updated_count(), response.unchanged_count(),
                     response.skipped_count()};
    for (const auto& error : response.errors()) {
      answer.faults[error.line()] =
          FaultOf(Table::Format(), error.field(), status::FromProto(error.status()));
    }
    for (const int64_t line : Table::Deferred(response)) answer.deferred.insert(line);
    return answer;
  }

  const Context& context_;
  const ImportTerms terms_;
  const std::function<absl::Status(const BatchAnswer&)> take_;
  const std::function<void()> rolled_back_;
  std::unique_ptr<Stream> stream_;
  absl::Time opened_;
  typename Table::Request batch_;
  // The lines of the first and last row of the batch that is being made.
  int64_t first_ = 0, last_ = 0;
  // The last lines of the batches whose verdicts are due.
  std::deque<int64_t> ahead_;
  bool began_ = false;
  std::optional<absl::Status> broken_;
};

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_SENDER_H_
