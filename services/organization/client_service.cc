#include "services/organization/client_service.h"

#include <utility>

#include "common/lifecycle/transition.h"
#include "common/mysql/errors.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/caller_leases.h"

namespace qinglian::organization {
namespace {

using Transition = lifecycle::Transition<v1::Client>;

constexpr Transition kDisable{"disable", lifecycle::OneOf(v1::Client::STATE_ACTIVE),
                              v1::Client::STATE_DISABLED};
constexpr Transition kEnable{"enable", lifecycle::OneOf(v1::Client::STATE_DISABLED),
                             v1::Client::STATE_ACTIVE};

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{.filter_fields = {"organization", "state"}};
  return listing;
}

absl::Status NameWanted() {
  status::FieldViolations violations;
  violations.Add("client.name", "REQUIRED", "the code that its certificate names is required",
                 "必须给出其证书所载的代码");
  return violations.ToStatus();
}

}  // namespace

ClientService::ClientService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.ClientService",
               environment.journal) {
  methods_.Read("GetClient", this, &ClientService::Get);
  methods_.Read("ListClients", this, &ClientService::List);
  methods_.Create("CreateClient", this, &ClientService::Create, AwaitLeases);
  methods_.Update("UpdateClient", this, &ClientService::Update);
  methods_.Create("DisableClient", this, &ClientService::Disable, AwaitLeases);
  methods_.Create("EnableClient", this, &ClientService::Enable, AwaitLeases);
}

absl::StatusOr<v1::Client> ClientService::Get(rpc::Call& call, mysql::Connection& connection,
                                              const v1::GetClientRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListClientsResponse> ClientService::List(rpc::Call& call,
                                                            mysql::Connection& connection,
                                                            const v1::ListClientsRequest& request) {
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListClientsResponse::mutable_clients);
}

absl::StatusOr<v1::Client> ClientService::Create(journal::Transaction& tx,
                                                 const v1::CreateClientRequest& request) {
  v1::Client client = request.client();
  const std::string name = client.name();
  if (name.empty()) return NameWanted();
  resource::KeepInput(client);
  client.set_name(name);
  client.set_state(v1::Client::STATE_ACTIVE);
  if (!client.organization().empty()) {
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "client.organization", client.organization()).status());
  }
  absl::StatusOr<v1::Client> created = store_.Insert(tx, std::move(client));
  if (!mysql::DuplicateKey(created.status()).has_value()) return created;
  return status::Error(status::kResourceExists, {{"type", "organization.qinglian/Client"},
                                                 {"resource", "client.name"},
                                                 {"field", "client.name"}});
}

absl::StatusOr<v1::Client> ClientService::Update(journal::Transaction& tx,
                                                 const v1::UpdateClientRequest& request) {
  ASSIGN_OR_RETURN(const v1::Client before,
                   store_.LockTarget(tx, request.client().name(), request.etag()));
  v1::Client after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.client(), request.update_mask(), after));
  if (after.organization() != before.organization() && !after.organization().empty()) {
    RETURN_IF_ERROR(visibility::CheckReaches(tx.connection(), tx.scope(), after.organization()));
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "client.organization", after.organization()).status());
  }
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::Client> ClientService::Disable(journal::Transaction& tx,
                                                  const v1::DisableClientRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::Client before, store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kDisable));
  v1::Client after = before;
  after.set_state(kDisable.to);
  after.set_state_reason(request.reason());
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::Client> ClientService::Enable(journal::Transaction& tx,
                                                 const v1::EnableClientRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::Client before, store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kEnable));
  v1::Client after = before;
  after.set_state(kEnable.to);
  after.clear_state_reason();
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
