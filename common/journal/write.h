// Writes: how a handler changes resources, and how a request that is repeated gets the answer it
// got before.
//
//   return journal::Write<Organization>(journal_, call, request, journal::RequestIdRule::kRequired,
//       [&](journal::Transaction& transaction) -> absl::StatusOr<Organization> { … });
//
// The function locks, decides, and stores through stores that Record each change in the
// transaction; the changes are appended to the journal just before COMMIT. It may run several times
// (a deadlock is tried again), so it must keep nothing from a run that failed.
#ifndef QINGLIAN_COMMON_JOURNAL_WRITE_H_
#define QINGLIAN_COMMON_JOURNAL_WRITE_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"
#include "common/journal/signal.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace qinglian::journal {

struct JournalOptions {
  // The service whose schema holds the journal, such as `risk`.
  std::string service;
  // Both must outlive the journal.
  const clock::Clock& system_clock;
  const clock::Clock& business_clock;
  // What requests that may hold sealed values are hashed with; the same for all processes of the
  // service.
  std::string request_key = {};
};

// The journal of one service as its writers know it. One in a process; thread-safe.
class Journal {
 public:
  explicit Journal(JournalOptions options) : options_(std::move(options)) {}
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const JournalOptions& options() const { return options_; }
  const std::string& service() const { return options_.service; }
  const clock::Clock& system_clock() const { return options_.system_clock; }
  const clock::Clock& business_clock() const { return options_.business_clock; }

  // Tells the sequencer of this process that rows were committed. Nearly free.
  void Wake() { committed_.Notify(); }
  // What Wake signals.
  Signal& committed() { return committed_; }
  // Signalled by the sequencer of this process when rows got their positions.
  Signal& sequenced() { return sequenced_; }

  // What writers have counted since the process started.
  struct Counts {
    std::atomic<uint64_t> changes{0};
    std::atomic<uint64_t> receipts{0};
    // Requests answered with what the journal kept.
    std::atomic<uint64_t> replays{0};
    // Request ids that came again with another request.
    std::atomic<uint64_t> reused{0};
    // Writes whose caller gave no request id.
    std::atomic<uint64_t> without_request_id{0};
    // Resources that were shown on the record, and rows about refused attempts.
    std::atomic<uint64_t> readings{0};
    std::atomic<uint64_t> refusals{0};
  };
  Counts& counts() { return counts_; }

 private:
  const JournalOptions options_;
  Signal committed_;
  Signal sequenced_;
  Counts counts_;
};

// Whether a method needs its caller to give a request id: creates and transitions do.
enum class RequestIdRule { kRequired, kOptional };

namespace internal {
absl::Status Write(Journal& journal, rpc::Call& call, const google::protobuf::Message& request,
                   RequestIdRule rule, google::protobuf::Message& response,
                   absl::FunctionRef<absl::Status(Transaction&)> fn, bool* repeated);
}  // namespace internal

// Runs `fn(Transaction&) -> absl::StatusOr<Response>` in a transaction, appends what it recorded to
// the journal, and commits. A request that already succeeded (same client, actor, method and
// `request_id`) is answered with what it was answered then; only where something fails does anybody
// look, so the happy path costs nothing. `repeated` then becomes true: what the caller may see can
// have changed since. Where the request has a field `validate_only` and it is set, everything is
// done but kept.
//
// REQUEST_ID_REQUIRED, REQUEST_ID_INVALID: as it says. REQUEST_ID_REUSED: the id came before with
// another request. Otherwise the error of `fn`, or of mysql::Transact.
template <class Response, class Request, class Fn>
absl::StatusOr<Response> Write(Journal& journal, rpc::Call& call, const Request& request,
                               RequestIdRule rule, Fn&& fn, bool* repeated = nullptr) {
  Response response;
  absl::Status status = internal::Write(
      journal, call, request, rule, response,
      [&](Transaction& transaction) {
        absl::StatusOr<Response> result = fn(transaction);
        if (!result.ok()) return result.status();
        response = *std::move(result);
        return absl::OkStatus();
      },
      repeated);
  if (!status.ok()) return status;
  return response;
}

// What a change in another service causes here: an ordinary write whose request id follows from its
// cause, so that it happens once however often it is asked for.
struct EffectFacts {
  // What is done, stable for ever, such as `supervision/case-confirmed`.
  std::string effect;
  // What it is done for: the same cause must give the same key, two causes never. The name and
  // version of the changed resource do.
  std::string key;
  // Where the cause stands in the journal of its service.
  std::optional<v1::Cause> cause = std::nullopt;
  absl::Time deadline = absl::InfiniteFuture();
  std::string trace_id = {};
};

// Runs `fn` in a transaction of its own and journals it. OK without running it where this effect
// was done before. The journal's facts are: actor and client `services/{own}`, method
// `effect/{effect}`.
absl::Status WriteEffect(Journal& journal, mysql::Session& session, const EffectFacts& effect,
                         absl::FunctionRef<absl::Status(Transaction&)> fn);

// The same inside the open transaction of `connection`, so that the caller stores his own progress
// (a projection's row and token) in the same COMMIT; he calls journal.Wake() after it. Any error
// means that the transaction must be rolled back: also ALREADY_EXISTS, when another transaction
// does the same effect at this moment; running again then finds it done.
absl::Status RunEffect(Journal& journal, mysql::Connection& connection, const EffectFacts& effect,
                       absl::FunctionRef<absl::Status(Transaction&)> fn);

// One item of a batch that stands or falls alone: what `fn` did is undone where it fails, and the
// changes it recorded are forgotten. Where mysql::EndsTransaction(result), nothing is left to go on
// with: return it.
absl::Status RunItem(Transaction& transaction, absl::FunctionRef<absl::Status()> fn);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_WRITE_H_
