#include "tests/fault/load.h"

#include <iostream>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/rpc/channel.h"
#include "common/status/status.h"
#include "google/protobuf/util/json_util.h"
#include "services/ctl/contract.h"

namespace qinglian::test {
namespace {

using google::protobuf::Message;

// How often a resource is updated before the next one is made.
constexpr int kRaises = 4;
// Whatever is killed is back long before this.
constexpr absl::Duration kPatience = absl::Seconds(60);

std::string NewRequestId() { return id::Uuid::NewV4().ToString(); }

// "PowerItem" as "power_item".
std::string SnakeCase(const std::string& type) {
  std::string snake;
  for (char c : type) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return snake;
}

std::string Text(const Message& message, const std::string& field) {
  return message.GetReflection()->GetString(message,
                                            message.GetDescriptor()->FindFieldByName(field));
}

const google::protobuf::MethodDescriptor& Method(const std::string& name) {
  const auto method = ctl::FindMethod(name);
  if (!method.ok()) std::abort();
  return **method;
}

std::unique_ptr<Message> Parse(const std::string& method, const std::string& json) {
  std::unique_ptr<Message> request = ctl::NewMessage(*Method(method).input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
  if (parsed.ok()) return request;
  std::cerr << json << ": " << parsed.ToString() << "\n";
  std::abort();
}

rpc::CallOptions OptionsOf(const System& system, const Work& work) {
  rpc::CallOptions options = system.As(work.caller);
  options.timeout = absl::Seconds(20);
  return options;
}

// How many rows there are, and how many updates they have had.
std::string Tally(const System& system, const Work& work) {
  return system.database(work.service)
      .Value(absl::StrCat(
          "SELECT CONCAT(COUNT(*), ' ', CAST(COALESCE(SUM(version - 1), 0) AS UNSIGNED)) FROM ",
          work.table));
}

}  // namespace

bool IsToBeRepeated(const absl::Status& status) {
  return absl::IsUnavailable(status) || status::Is(status, status::kOverloaded);
}

std::unique_ptr<Message> RequestToCreate(const Work& work) {
  const std::string unique = NewRequestId();
  return Parse(
      absl::StrCat(work.type, "Service.Create", work.type),
      absl::Substitute(R"({"$0": $1, "request_id": "$2"})", SnakeCase(work.type),
                       absl::StrReplaceAll(work.json, {{"#", unique.substr(0, 8)}}), unique));
}

Load::Load(const System& system, std::vector<Work> works, int callers)
    : system_(system), works_(std::move(works)) {
  for (const Work& work : works_) {
    before_[work.table] = Tally(system_, work);
    progress_[work.table] = 0;
  }
  for (const Work& work : works_) {
    for (int i = 0; i < callers; ++i) {
      callers_.push_back(std::make_unique<Caller>());
      callers_.back()->work = &work;
    }
  }
  for (size_t i = 0; i < callers_.size(); ++i) {
    callers_[i]->thread = std::thread([this, i] { Run(*callers_[i], static_cast<int>(i)); });
  }
}

Load::~Load() { Stop(); }

void Load::Stop() {
  stop_ = true;
  for (const auto& caller : callers_) {
    if (caller->thread.joinable()) caller->thread.join();
  }
}

bool Load::AwaitProgress(int calls) {
  std::map<std::string, int> wanted;
  for (const auto& [table, count] : progress_) wanted[table] = count + calls;
  const absl::Time until = absl::Now() + kPatience;
  while (absl::Now() < until) {
    bool all = true;
    for (const auto& [table, count] : progress_) all = all && count >= wanted[table];
    if (all) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

int Load::answered() const {
  int sum = 0;
  for (const auto& [table, count] : progress_) sum += count;
  return sum;
}

std::vector<std::string> Load::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

void Load::Note(const absl::Status& status) {
  if (!absl::IsUnavailable(status)) return;
  ++unavailable_;
  const std::lock_guard lock(mutex_);
  ++reasons_[std::string(status::ReasonOf(status))];
}

std::map<std::string, int> Load::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

void Load::Complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (complaints_.size() < 20) complaints_.push_back(what);
}

void Load::Run(Caller& caller, int seed) {
  std::minstd_rand random(static_cast<unsigned>(seed + 1));
  while (!stop_) {
    MakeOne(caller);
    if (random() % 4 == 0 && !caller.answered.empty())
      Repeat(caller, random() % caller.answered.size());
  }
}

std::unique_ptr<Message> Load::Insist(const Work& work, const std::string& method,
                                      const Message& request) {
  const auto& descriptor = Method(method);
  const std::string path = ctl::PathOf(descriptor);
  const absl::Time until = absl::Now() + kPatience;
  while (true) {
    std::unique_ptr<Message> response = ctl::NewMessage(*descriptor.output_type());
    const absl::Status status =
        rpc::InvokeRaw(*system_.channel(), path, request, *response, OptionsOf(system_, work));
    if (status.ok()) {
      ++progress_.find(work.table)->second;
      return response;
    }
    if (!IsToBeRepeated(status)) {
      Complain(absl::StrCat(method, ": ", status.ToString()));
      return nullptr;
    }
    Note(status);
    if (absl::Now() > until) {
      Complain(absl::StrCat(method, " was UNAVAILABLE to the end: ", status.ToString()));
      return nullptr;
    }
    // Waiting on the channel is what gets it connected again.
    if (system_.channel()->GetState(true) != GRPC_CHANNEL_READY) {
      system_.channel()->WaitForConnected(
          absl::ToChronoTime(absl::Now() + absl::Milliseconds(200)));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void Load::MakeOne(Caller& caller) {
  const Work& work = *caller.work;
  const std::string method = absl::StrCat(work.type, "Service.Create", work.type);
  std::shared_ptr<Message> request = RequestToCreate(work);
  const std::unique_ptr<Message> made = Insist(work, method, *request);
  if (made == nullptr) return;
  std::string etag = Text(*made, "etag");
  caller.kept.push_back({Text(*made, "name"), 0});
  caller.answered.push_back({method, request, Text(*made, "name"), etag});
  for (int i = 0; i < kRaises; ++i) {
    if (!Raise(caller, etag, &etag)) return;
  }
}

bool Load::Raise(Caller& caller, const std::string& etag, std::string* next_etag) {
  const Work& work = *caller.work;
  Kept& kept = caller.kept.back();
  const std::string method = absl::StrCat(work.type, "Service.Update", work.type);
  std::shared_ptr<Message> request =
      Parse(method, absl::Substitute(R"({"$0": {"name": "$1", "$2": "$3"}, "request_id": "$4"})",
                                     SnakeCase(work.type), kept.name, work.counter, kept.count + 1,
                                     NewRequestId()));
  ctl::SetField(*request, "etag", etag);
  const auto* mask = request->GetDescriptor()->FindFieldByName("update_mask");
  Message* paths = request->GetReflection()->MutableMessage(request.get(), mask);
  paths->GetReflection()->AddString(paths, paths->GetDescriptor()->FindFieldByName("paths"),
                                    work.counter);
  const std::unique_ptr<Message> raised = Insist(work, method, *request);
  if (raised == nullptr) {
    // Whether it counted is unknown: the resource is left out of the count.
    caller.kept.pop_back();
    return false;
  }
  ++kept.count;
  *next_etag = Text(*raised, "etag");
  caller.answered.push_back({method, request, kept.name, *next_etag});
  return true;
}

void Load::Repeat(Caller& caller, size_t which) {
  const Answered& answered = caller.answered[which];
  const std::unique_ptr<Message> again = Insist(*caller.work, answered.method, *answered.request);
  if (again == nullptr) return;
  if (Text(*again, "name") == answered.name && Text(*again, "etag") == answered.etag) return;
  Complain(absl::StrCat(answered.method, " answered ", answered.name, " ", answered.etag,
                        " at first and ", Text(*again, "name"), " ", Text(*again, "etag"),
                        " when it was repeated"));
}

std::vector<std::string> Load::Losses() const {
  std::vector<std::string> losses;
  for (const auto& caller : callers_) CheckKept(*caller, losses);
  for (const Work& work : works_) CheckTable(work, losses);
  return losses;
}

void Load::CheckKept(const Caller& caller, std::vector<std::string>& losses) const {
  const Work& work = *caller.work;
  const auto& get = Method(absl::StrCat(work.type, "Service.Get", work.type));
  for (const Kept& kept : caller.kept) {
    const std::unique_ptr<Message> request = ctl::NewMessage(*get.input_type());
    ctl::SetField(*request, "name", kept.name);
    const std::unique_ptr<Message> found = ctl::NewMessage(*get.output_type());
    const absl::Status status = rpc::InvokeRaw(*system_.channel(), ctl::PathOf(get), *request,
                                               *found, OptionsOf(system_, work));
    if (!status.ok()) {
      losses.push_back(absl::StrCat(kept.name, ": ", status.ToString()));
    } else if (kept.count > 0 && Text(*found, work.counter) != absl::StrCat(kept.count)) {
      losses.push_back(absl::StrCat(kept.name, " counts ", Text(*found, work.counter), " after ",
                                    kept.count, " acknowledged updates"));
    }
  }
}

void Load::CheckTable(const Work& work, std::vector<std::string>& losses) const {
  int64_t rows = 0, updates = 0;
  for (const auto& caller : callers_) {
    if (caller->work != &work) continue;
    rows += static_cast<int64_t>(caller->kept.size());
    for (const Kept& kept : caller->kept) updates += kept.count;
  }
  const std::vector<std::string> before = absl::StrSplit(before_.at(work.table), ' ');
  const std::string wanted =
      absl::StrCat(std::stoll(before[0]) + rows, " ", std::stoll(before[1]) + updates);
  const std::string found = Tally(system_, work);
  if (found != wanted) {
    losses.push_back(
        absl::StrCat(work.table, " has ", found, " (rows, updates); acknowledged were ", wanted));
  }
}

}  // namespace qinglian::test
