// Binds the handlers of a service to its methods: reads, writes, transitions, and the batch form of
// transitions.
//
//   resource::Methods methods(server.pipeline(), "qinglian.risk.v1.RiskPointService", journal);
//   methods.Read("GetRiskPoint", this, &RiskPointService::Get);
//   methods.Create("CreateRiskPoint", this, &RiskPointService::Create);
//   methods.Update("UpdateRiskPoint", this, &RiskPointService::Update);
//   methods.Transition("SubmitRiskPoint", this, &RiskPointService::Submit);
//   methods.Batch<BatchTransitionRiskPointsRequest,
//   BatchTransitionRiskPointsResponse>("BatchTransitionRiskPoints");
//   server.Add(&methods.service());
#ifndef QINGLIAN_COMMON_RESOURCE_METHODS_H_
#define QINGLIAN_COMMON_RESOURCE_METHODS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/permission.h"
#include "common/journal/reading.h"
#include "common/journal/transaction.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/rpc/call.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/service.h"
#include "google/protobuf/message.h"
#include "qinglian/journal/v1/pending.pb.h"

namespace qinglian::resource {

// A transition with its types taken off, for batches.
using AnyTransition =
    std::function<absl::Status(journal::Transaction&, const google::protobuf::Message& request,
                               journal::v1::BatchVerdict& verdict)>;

// The methods of one gRPC service. Bound once, by one thread, before the server starts; outlives
// the server.
class Methods {
 public:
  Methods(rpc::Pipeline& pipeline, std::string_view full_name, journal::Journal& journal)
      : service_(pipeline, full_name), journal_(journal) {}

  rpc::Service& service() { return service_; }

  // A method that changes nothing: it reads on the worker's connection, outside any transaction.
  // What is protected leaves only after it is on record that it was read.
  template <class Api, class Req, class Resp>
  void Read(std::string_view method, Api* api,
            absl::StatusOr<Resp> (Api::*handler)(rpc::Call&, mysql::Connection&, const Req&)) {
    const bool recorded = journal::MayShowProtected(Resp::descriptor());
    service_.Unary<Req, Resp>(
        method,
        [this, recorded, api, handler](rpc::Call& call,
                                       const Req& request) -> absl::StatusOr<Resp> {
          absl::StatusOr<mysql::Connection*> connection = call.database().Acquire();
          if (!connection.ok()) return connection.status();
          absl::Status permitted = CheckSubtree(call, **connection, request, Resp::descriptor());
          if (!permitted.ok()) return permitted;
          absl::StatusOr<Resp> response = (api->*handler)(call, **connection, request);
          if (!response.ok() || !recorded) return response;
          permitted = journal::RecordReading(journal_, call, request, *response);
          if (!permitted.ok()) return permitted;
          return response;
        });
  }

  // What follows a write that was committed, or that is repeated, before it is answered.
  using After = std::function<absl::Status(rpc::Call&, const google::protobuf::Message& response)>;

  // A method that makes something: its request_id is required.
  template <class Api, class Req, class Resp>
  void Create(std::string_view method, Api* api,
              absl::StatusOr<Resp> (Api::*handler)(journal::Transaction&, const Req&),
              After after = nullptr) {
    Write(method, journal::RequestIdRule::kRequired, api, handler, std::move(after));
  }

  // A method that edits or deletes: its request_id is optional.
  template <class Api, class Req, class Resp>
  void Update(std::string_view method, Api* api,
              absl::StatusOr<Resp> (Api::*handler)(journal::Transaction&, const Req&),
              After after = nullptr) {
    Write(method, journal::RequestIdRule::kOptional, api, handler, std::move(after));
  }

  // A transition: its request_id is required, and it can be an item of the service's batch method.
  template <class Api, class Req, class Resp>
  void Transition(std::string_view method, Api* api,
                  absl::StatusOr<Resp> (Api::*handler)(journal::Transaction&, const Req&)) {
    Write(method, journal::RequestIdRule::kRequired, api, handler);
    rules_[Req::descriptor()] = RuleOf(method);
    transitions_[Req::descriptor()] =
        [api, handler](journal::Transaction& tx, const google::protobuf::Message& request,
                       journal::v1::BatchVerdict& verdict) -> absl::Status {
      absl::StatusOr<Resp> resource = (api->*handler)(tx, static_cast<const Req&>(request));
      if (!resource.ok()) return resource.status();
      FillVerdict(*resource, verdict);
      return absl::OkStatus();
    };
  }

  // The batch form of the transitions bound so far: each item stands or falls alone, all in one
  // transaction, so that the whole request has one answer however often it is sent.
  template <class Req, class Resp>
  void Batch(std::string_view method) {
    service_.Unary<Req, Resp>(
        method, [this](rpc::Call& call, const Req& request) -> absl::StatusOr<Resp> {
          return journal::Write<Resp>(journal_, call, request, journal::RequestIdRule::kRequired,
                                      [&](journal::Transaction& tx) -> absl::StatusOr<Resp> {
                                        std::vector<const google::protobuf::Message*> items;
                                        for (const auto& item : request.transitions())
                                          items.push_back(&item);
                                        std::vector<journal::v1::BatchVerdict> verdicts;
                                        absl::Status status = RunBatch(tx, items, verdicts);
                                        if (!status.ok()) return status;
                                        Resp response;
                                        for (auto& verdict : verdicts)
                                          *response.add_verdicts() = std::move(verdict);
                                        return response;
                                      });
        });
  }

 private:
  template <class Api, class Req, class Resp>
  void Write(std::string_view method, journal::RequestIdRule rule, Api* api,
             absl::StatusOr<Resp> (Api::*handler)(journal::Transaction&, const Req&),
             After after = nullptr) {
    service_.Unary<Req, Resp>(method,
                              [this, rule, api, handler, after = std::move(after)](
                                  rpc::Call& call, const Req& request) -> absl::StatusOr<Resp> {
                                bool repeated = false;
                                absl::StatusOr<Resp> written = journal::Write<Resp>(
                                    journal_, call, request, rule,
                                    [&](journal::Transaction& tx) -> absl::StatusOr<Resp> {
                                      absl::Status reached = CheckInput(tx, request);
                                      if (!reached.ok()) return reached;
                                      absl::StatusOr<Resp> response = (api->*handler)(tx, request);
                                      if (response.ok()) Strip(tx, *response);
                                      return response;
                                    },
                                    &repeated);
                                if (!written.ok()) return written;
                                absl::Status shown =
                                    repeated ? CheckStillKnown(call, *written) : absl::OkStatus();
                                if (shown.ok()) shown = Redact(call, *written);
                                if (!shown.ok()) return shown;
                                if (after == nullptr) return written;
                                absl::Status followed = after(call, *written);
                                if (!followed.ok()) return followed;
                                return written;
                              });
  }

  // Whether the caller reaches the subtree that he asks about: NOT_FOUND for a hidden one as for
  // one that does not exist. What is open is listed of every subtree.
  static absl::Status CheckSubtree(rpc::Call& call, mysql::Connection& connection,
                                   const google::protobuf::Message& request,
                                   const google::protobuf::Descriptor* response);
  // Whether the caller reaches the organization of a resource that the request would create: before
  // anything else is said about that organization.
  static absl::Status CheckInput(journal::Transaction& tx,
                                 const google::protobuf::Message& request);
  // Takes out of an answer what the caller may not see of the resource that he changed.
  static void Strip(const journal::Transaction& tx, google::protobuf::Message& response);
  // NOT_FOUND where who made a resource has since become one from whom it is hidden.
  static absl::Status CheckStillKnown(rpc::Call& call, const google::protobuf::Message& response);
  // Takes out what came of another resource that is hidden from the caller now, when he is
  // answered: what the journal kept of a request that is repeated too.
  static absl::Status Redact(rpc::Call& call, google::protobuf::Message& response);
  // What the caller may do by the permission of a transition's own method.
  absl::Status EnterItem(journal::Transaction& tx, const google::protobuf::Message& request) const;

  static void FillVerdict(const google::protobuf::Message& resource,
                          journal::v1::BatchVerdict& verdict);
  absl::Status RunBatch(journal::Transaction& tx,
                        const std::vector<const google::protobuf::Message*>& items,
                        std::vector<journal::v1::BatchVerdict>& verdicts);
  absl::Status RunBatchItem(journal::Transaction& tx, const google::protobuf::Message& item,
                            journal::v1::BatchVerdict& verdict);

  // Of a method of this service; what it declares is checked when the server starts.
  access::v1::MethodRule RuleOf(std::string_view method) const;

  rpc::Service service_;
  journal::Journal& journal_;
  // By the types of their requests, as the transitions below.
  std::map<const google::protobuf::Descriptor*, access::v1::MethodRule> rules_;
  std::map<const google::protobuf::Descriptor*, AnyTransition> transitions_;
};

}  // namespace qinglian::resource

#endif  // QINGLIAN_COMMON_RESOURCE_METHODS_H_
