#include "services/organization/person_service.h"

#include <utility>

#include "common/mysql/errors.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "staff_number", "party_membership", "employment_state"}};
  return listing;
}

absl::Status Taken(const absl::Status& status) {
  if (!mysql::DuplicateKey(status).has_value()) return status;
  return status::Error(status::kResourceExists, {{"type", "organization.qinglian/Person"},
                                                 {"field", "person.staff_number"}});
}

}  // namespace

PersonService::PersonService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.PersonService",
               environment.journal) {
  methods_.Read("GetPerson", this, &PersonService::Get);
  methods_.Read("ListPersons", this, &PersonService::List);
  methods_.Create("CreatePerson", this, &PersonService::Create);
  methods_.Update("UpdatePerson", this, &PersonService::Update);
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
  RETURN_IF_ERROR(
      organizations_.LockPath(tx, "person.organization", person.organization()).status());
  absl::StatusOr<v1::Person> created = store_.Insert(tx, std::move(person));
  return created.ok() ? created : Taken(created.status());
}

absl::StatusOr<v1::Person> PersonService::Update(journal::Transaction& tx,
                                                 const v1::UpdatePersonRequest& request) {
  const std::string& name = request.person().name();
  ASSIGN_OR_RETURN(const v1::Person before, store_.LockTarget(tx, name, request.etag()));
  v1::Person after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.person(), request.update_mask(), after));
  if (after.organization() != before.organization()) {
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "person.organization", after.organization()).status());
  }
  absl::StatusOr<v1::Person> changed = store_.Update(tx, before, std::move(after));
  return changed.ok() ? changed : Taken(changed.status());
}

}  // namespace qinglian::organization
