#ifndef QINGLIAN_COMMON_RPC_CALL_H_
#define QINGLIAN_COMMON_RPC_CALL_H_

#include <string>

#include "absl/time/time.h"
#include "common/access/principal.h"
#include "common/mysql/mysql.h"

namespace qinglian::rpc {

// Who calls. Believed only from the pipeline, which is the one place that knows how a caller was
// proved.
struct Caller {
  // `persons/{person}`, `clients/{client}` or `services/{service}`.
  std::string actor;
  // The person for whom the actor acts under a delegation; empty for nobody else.
  std::string acting_for;
  // The program or platform the call came through.
  std::string client;
};

// One call on its way through a handler. Made by the pipeline; used by one thread at a time.
class Call {
 public:
  virtual ~Call() = default;

  virtual const Caller& caller() const = 0;

  // What the caller may do by the permission of the method that he calls.
  virtual access::Scope scope() const = 0;

  // The full method, such as `/qinglian.risk.v1.RiskPointService/SubmitRiskPoint`.
  virtual const std::string& method() const = 0;

  // 32 hexadecimal digits.
  virtual const std::string& trace_id() const = 0;

  // When the caller stops waiting; always finite for unary calls.
  virtual absl::Time deadline() const = 0;

  // Whether the caller has gone. Long work looks between its steps.
  virtual bool cancelled() const = 0;

  // The database session of the worker that runs this call.
  virtual mysql::Session& database() = 0;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_CALL_H_
