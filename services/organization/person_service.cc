#include "services/organization/person_service.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/id/names.h"
#include "common/mysql/errors.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/caller_leases.h"
#include "services/organization/person_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "staff_number", "party_membership", "employment_state"}};
  return listing;
}

absl::Status Taken(const absl::Status& status) {
  const std::optional<std::string> key = mysql::DuplicateKey(status);
  if (!key.has_value()) return status;
  // Which field, never which value.
  const std::string field =
      *key == seal::kDigestKey ? "person.identity_number" : "person.staff_number";
  return status::Error(
      status::kResourceExists,
      {{"type", "organization.qinglian/Person"}, {"resource", field}, {"field", field}});
}

// Takes the number out of a request's person, before anything else is done with him.
seal::Secret TakeIdentityNumber(v1::Person& person) {
  seal::Secret number(std::move(*person.mutable_identity_number()));
  person.clear_identity_number();
  return number;
}

std::string Masked(const seal::Secret& number) {
  constexpr size_t kShown = 4;
  const std::string_view text = number.Reveal();
  if (text.size() <= kShown) return "";
  return std::string(text.size() - kShown, '*').append(text.substr(text.size() - kShown));
}

bool Names(const google::protobuf::FieldMask& mask, std::string_view field) {
  return std::find(mask.paths().begin(), mask.paths().end(), field) != mask.paths().end();
}

absl::StatusOr<seal::Place> PlaceOf(const std::string& person) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("persons", person));
  return seal::Place{"persons", id.Bytes(), "identity_number"};
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
  const seal::Secret number = TakeIdentityNumber(person);
  person.set_identity_number_masked(Masked(number));
  RETURN_IF_ERROR(
      organizations_.LockPath(tx, "person.organization", person.organization()).status());
  const absl::StatusOr<v1::Person> created = store_.Insert(tx, std::move(person));
  if (!created.ok()) return Taken(created.status());
  if (!number.empty()) RETURN_IF_ERROR(KeepIdentityNumber(tx, created->name(), number));
  return created;
}

absl::StatusOr<v1::Person> PersonService::Update(journal::Transaction& tx,
                                                 const v1::UpdatePersonRequest& request) {
  const std::string& name = request.person().name();
  ASSIGN_OR_RETURN(const v1::Person before, store_.LockTarget(tx, name, request.etag()));
  v1::Person after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.person(), request.update_mask(), after));
  ASSIGN_OR_RETURN(const bool holds, store_.HoldsAnything(tx.connection(), name));
  RETURN_IF_ERROR(CheckChange(before, after, holds));
  const seal::Secret number = TakeIdentityNumber(after);
  const bool renumbered = !number.empty() || Names(request.update_mask(), "identity_number");
  if (renumbered) {
    RETURN_IF_ERROR(KeepIdentityNumber(tx, name, number));
    after.set_identity_number_masked(Masked(number));
  }
  if (after.organization() != before.organization()) {
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "person.organization", after.organization()).status());
  }
  // Another number may look the same behind its mask.
  absl::StatusOr<v1::Person> changed = renumbered ? store_.Touch(tx, before, std::move(after))
                                                  : store_.Update(tx, before, std::move(after));
  return changed.ok() ? changed : Taken(changed.status());
}

absl::Status PersonService::KeepIdentityNumber(journal::Transaction& tx, const std::string& person,
                                               const seal::Secret& number) const {
  ASSIGN_OR_RETURN(const seal::Place place, PlaceOf(person));
  if (number.empty()) return sealed_values_.Remove(tx.connection(), place);
  return Taken(sealed_values_.Put(tx.connection(), place, number));
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

absl::StatusOr<v1::RevealIdentityNumberResponse> PersonService::Reveal(
    rpc::Call& call, mysql::Connection& connection,
    const v1::RevealIdentityNumberRequest& request) {
  RETURN_IF_ERROR(store_.Show(connection, call.scope(), request.name()).status());
  ASSIGN_OR_RETURN(const seal::Place place, PlaceOf(request.name()));
  const absl::StatusOr<seal::Secret> number = sealed_values_.Open(connection, place);
  if (absl::IsNotFound(number.status()))
    return status::NotFound("organization.qinglian/Person", request.name());
  RETURN_IF_ERROR(number.status());
  v1::RevealIdentityNumberResponse response;
  response.set_identity_number(std::string(number->Reveal()));
  return response;
}

}  // namespace qinglian::organization
