#include "services/organization/person_service.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/caller_leases.h"
#include "services/organization/import_stream.h"
#include "services/organization/person_export.h"
#include "services/organization/person_import.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "staff_number", "party_membership", "employment_state"}};
  return listing;
}

bool Names(const google::protobuf::FieldMask& mask, std::string_view field) {
  return std::find(mask.paths().begin(), mask.paths().end(), field) != mask.paths().end();
}

}  // namespace

PersonService::PersonService(const serving::Environment& environment,
                             const seal::SealedValues& sealed_values)
    : environment_(environment),
      sealed_values_(sealed_values),
      methods_(environment.pipeline, "qinglian.organization.v1.PersonService",
               environment.journal) {
  methods_.Read("GetPerson", this, &PersonService::Get);
  methods_.Read("ListPersons", this, &PersonService::List);
  methods_.Read("RevealIdentityNumber", this, &PersonService::Reveal);
  methods_.Read("FindPerson", this, &PersonService::Find);
  methods_.Read("GetHoldings", this, &PersonService::Holdings);
  methods_.Create("CreatePerson", this, &PersonService::Create);
  methods_.Create("ReleasePerson", &release_, &PersonRelease::Release, AwaitLeases);
  // Who has left is let in no more, as where a role is revoked.
  methods_.Update("UpdatePerson", this, &PersonService::Update, AwaitLeases);
  methods_.service().BidiStream<v1::ImportPersonsRequest, v1::ImportPersonsResponse>(
      "ImportPersons", [this](rpc::Call& call, rpc::Reader<v1::ImportPersonsRequest>& requests,
                              rpc::Writer<v1::ImportPersonsResponse>& responses) {
        return Import(call, requests, responses);
      });
  methods_.service().ServerStream<v1::ExportPersonsRequest, v1::ExportPersonsResponse>(
      "ExportPersons", [this](rpc::Call& call, const v1::ExportPersonsRequest& request,
                              rpc::Writer<v1::ExportPersonsResponse>& responses) {
        return ExportPersons({environment_, organizations_, store_}, call, request, responses);
      });
}

absl::StatusOr<v1::Person> PersonService::Get(rpc::Call& call, mysql::Connection& connection,
                                              const v1::GetPersonRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListPersonsResponse> PersonService::List(rpc::Call& call,
                                                            mysql::Connection& connection,
                                                            const v1::ListPersonsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListPersonsResponse::mutable_persons, std::move(conditions));
}

absl::StatusOr<v1::Person> PersonService::Create(journal::Transaction& tx,
                                                 const v1::CreatePersonRequest& request) {
  v1::Person person = request.person();
  resource::KeepInput(person);
  return changes_.Create(tx, std::move(person));
}

absl::StatusOr<v1::Person> PersonService::Update(journal::Transaction& tx,
                                                 const v1::UpdatePersonRequest& request) {
  const std::string& name = request.person().name();
  ASSIGN_OR_RETURN(const v1::Person before, store_.LockTarget(tx, name, request.etag()));
  v1::Person after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.person(), request.update_mask(), after));
  return changes_.Change(tx, before, std::move(after),
                         Names(request.update_mask(), "identity_number"));
}

absl::StatusOr<v1::Person> PersonService::Find(rpc::Call& call, mysql::Connection& connection,
                                               const v1::FindPersonRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string> owner,
                   sealed_values_.Find(connection, {"persons", "", "identity_number"},
                                       seal::Secret(std::string(request.identity_number()))));
  // Nobody and one who is hidden are told apart by nothing; nor does the error hold the number.
  const absl::Status nobody = status::NotFound("organization.qinglian/Person", "persons/-");
  if (!owner.has_value()) return nobody;
  absl::StatusOr<v1::Person> person =
      store_.Show(connection, call.scope(), store_.plan().type().NameOf(*owner));
  return absl::IsNotFound(person.status()) ? nobody : person;
}

absl::StatusOr<v1::GetHoldingsResponse> PersonService::Holdings(
    rpc::Call& call, mysql::Connection& connection, const v1::GetHoldingsRequest& request) {
  return release_.Holdings(connection, call.scope(), request.name());
}

absl::Status PersonService::Import(rpc::Call& call, rpc::Reader<v1::ImportPersonsRequest>& requests,
                                   rpc::Writer<v1::ImportPersonsResponse>& responses) {
  PersonImport import(environment_.journal, {sealed_values_, organizations_, store_}, call);
  return TakeStream<PersonImport, v1::ImportPersonsRequest, v1::ImportPersonsResponse>(
      import, requests, responses);
}

absl::StatusOr<v1::RevealIdentityNumberResponse> PersonService::Reveal(
    rpc::Call& call, mysql::Connection& connection,
    const v1::RevealIdentityNumberRequest& request) {
  RETURN_IF_ERROR(store_.Show(connection, call.scope(), request.name()).status());
  ASSIGN_OR_RETURN(const seal::Place place, IdentityNumberPlace(request.name()));
  const absl::StatusOr<seal::Secret> number = sealed_values_.Open(connection, place);
  if (absl::IsNotFound(number.status()))
    return status::NotFound("organization.qinglian/Person", request.name());
  RETURN_IF_ERROR(number.status());
  v1::RevealIdentityNumberResponse response;
  response.set_identity_number(std::string(number->Reveal()));
  return response;
}

}  // namespace qinglian::organization
