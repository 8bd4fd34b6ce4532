#include "tests/fault/traffic.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "services/ctl/contract.h"

namespace qinglian::test {
namespace {

using google::protobuf::Message;
using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;

constexpr absl::Duration kPatience = absl::Seconds(60);
// Before a call that was UNAVAILABLE is made again, and a stream that ended is begun again.
constexpr absl::Duration kPause = absl::Milliseconds(20);

uint64_t HeadOf(const System& system, const std::string& service) {
  uint64_t head = 0;
  const std::string found = system.database(service).Value(
      "SELECT IF(EXISTS(SELECT 1 FROM journal_pending), 0, MAX(position)) FROM journal_position");
  return absl::SimpleAtoi(found, &head) ? head : 0;
}

void Append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Readers::Readers(House& house) : house_(house) {
  threads_.emplace_back([this] {
    while (!stop_) Insist([this] { return house_.Reach(absl::Seconds(20), 0); });
  });
  for (const Work& work : house_.works()) {
    threads_.emplace_back([this, work] {
      while (!stop_) List(work);
    });
  }
}

Readers::~Readers() { Stop(); }

void Readers::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Readers::List(const Work& work) {
  const auto method = ctl::FindMethod(absl::StrCat(work.type, "Service.List", work.type, "s"));
  if (!method.ok()) std::abort();
  const std::string path = ctl::PathOf(**method);
  const std::unique_ptr<Message> request = ctl::NewMessage(*(*method)->input_type());
  Insist([&] {
    const std::unique_ptr<Message> response = ctl::NewMessage(*(*method)->output_type());
    rpc::CallOptions options = house_.system().As(work.caller);
    options.timeout = absl::Seconds(20);
    return rpc::InvokeRaw(*house_.system().channel(), path, *request, *response, options);
  });
  // Lists are heavy: the writers are to get on.
  absl::SleepFor(absl::Milliseconds(20));
}

void Readers::Insist(absl::FunctionRef<absl::Status()> call) {
  const absl::Time until = absl::Now() + kPatience;
  absl::Status status = call();
  while (IsToBeRepeated(status) && absl::Now() < until) {
    if (absl::IsUnavailable(status)) {
      const std::lock_guard lock(mutex_);
      ++reasons_[std::string(status::ReasonOf(status))];
    }
    absl::SleepFor(kPause);
    status = call();
  }
  if (status.ok()) {
    ++answered_;
    return;
  }
  const std::lock_guard lock(mutex_);
  if (complaints_.size() < 20) complaints_.push_back("a reader: " + status.ToString());
}

std::map<std::string, int> Readers::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

std::vector<std::string> Readers::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

FeedReader::FeedReader(const System& system, std::string service, std::string auditor)
    : system_(system),
      service_(std::move(service)),
      auditor_(std::move(auditor)),
      thread_([this] { Run(); }) {}

FeedReader::~FeedReader() {
  Cancel();
  if (thread_.joinable()) thread_.join();
}

void FeedReader::Cancel() {
  stop_ = true;
  const std::lock_guard lock(mutex_);
  if (stream_ != nullptr) stream_->Cancel();
}

bool FeedReader::Finish() {
  const bool heard = Eventually([&] {
    const uint64_t head = HeadOf(system_, service_);
    return head > 0 && through_ >= head;
  });
  if (!heard) {
    Complain(
        absl::StrCat("heard of ", through_.load(), " of ", HeadOf(system_, service_), " changes"));
  }
  Cancel();
  thread_.join();
  return heard;
}

void FeedReader::Run() {
  while (!stop_) {
    const absl::Status status = ReadStream();
    if (stop_) return;
    if (!IsToBeRepeated(status)) Complain("its stream ended with " + status.ToString());
    absl::SleepFor(kPause);
  }
}

absl::Status FeedReader::ReadStream() {
  WatchChangesRequest request;
  if (token_.empty()) {
    request.set_now(true);
  } else {
    request.set_resume_token(token_);
  }
  rpc::CallOptions options = system_.As(auditor_);
  options.timeout = absl::InfiniteDuration();
  rpc::ServerStreamClient<WatchChangesRequest, WatchChangesResponse> stream(
      system_.channel(), absl::StrCat("/qinglian.", service_, ".v1.JournalService/WatchChanges"),
      request, options);
  {
    const std::lock_guard lock(mutex_);
    if (stop_) return absl::OkStatus();
    stream_ = &stream;
  }
  ++streams_;
  WatchChangesResponse batch;
  while (stream.Read(&batch)) Take(batch);
  {
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
  }
  return stream.Finish();
}

void FeedReader::Take(const WatchChangesResponse& batch) {
  if (!token_.empty() && batch.after() != through_) {
    Complain(absl::StrCat("a batch begins after ", batch.after(), " where ", through_.load(),
                          " was reached"));
  }
  token_ = batch.resume_token();
  through_ = batch.through();
}

void FeedReader::Complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (complaints_.size() < 20)
    complaints_.push_back(absl::StrCat("feed of ", service_, ": ", what));
}

std::vector<std::string> FeedReader::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

Traffic::Traffic(House& house, int writers, const std::string& auditor)
    : house_(house), load_(house.system(), house.works(), writers), readers_(house) {
  for (const std::string& service : Services()) {
    feeds_.push_back(std::make_unique<FeedReader>(house.system(), service, auditor));
  }
}

std::vector<std::string> Traffic::Finish() {
  readers_.Stop();
  load_.Stop();
  std::vector<std::string> faults = load_.complaints();
  Append(faults, readers_.complaints());
  Append(faults, load_.Losses());
  for (const auto& feed : feeds_) {
    feed->Finish();
    Append(faults, feed->complaints());
  }
  Append(faults, house_.Behind());
  Append(faults, house_.BrokenJournals());
  return faults;
}

std::map<std::string, int> Traffic::reasons() const {
  std::map<std::string, int> reasons = load_.reasons();
  for (const auto& [reason, count] : readers_.reasons()) reasons[reason] += count;
  return reasons;
}

}  // namespace qinglian::test
