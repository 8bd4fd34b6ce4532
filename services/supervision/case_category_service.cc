#include "services/supervision/case_category_service.h"

#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::supervision {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{.filter_fields = {"parent", "retired"}};
  return listing;
}

}  // namespace

CaseCategoryService::CaseCategoryService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.CaseCategoryService",
               environment.journal) {
  methods_.Read("GetCaseCategory", this, &CaseCategoryService::Get);
  methods_.Read("ListCaseCategories", this, &CaseCategoryService::List);
  methods_.Create("CreateCaseCategory", this, &CaseCategoryService::Create);
  methods_.Update("UpdateCaseCategory", this, &CaseCategoryService::Update);
}

absl::StatusOr<v1::CaseCategory> CaseCategoryService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetCaseCategoryRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListCaseCategoriesResponse> CaseCategoryService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListCaseCategoriesRequest& request) {
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListCaseCategoriesResponse::mutable_case_categories);
}

absl::StatusOr<v1::CaseCategory> CaseCategoryService::Create(
    journal::Transaction& tx, const v1::CreateCaseCategoryRequest& request) {
  v1::CaseCategory category = request.case_category();
  resource::KeepInput(category);
  category.set_name(store_.plan().type().NameOf(request.case_category_id()));
  if (!category.parent().empty()) {
    const absl::Status parent = store_.Lock(tx, category.parent()).status();
    if (absl::IsNotFound(parent)) {
      return status::Error(status::kReferenceNotFound,
                           {{"field", "case_category.parent"}, {"resource", category.parent()}});
    }
    RETURN_IF_ERROR(parent);
  }
  const std::string name = category.name();
  absl::StatusOr<v1::CaseCategory> created = store_.Insert(tx, std::move(category));
  if (absl::IsAlreadyExists(created.status())) {
    return status::AlreadyExists(store_.plan().type().type, name);
  }
  return created;
}

absl::StatusOr<v1::CaseCategory> CaseCategoryService::Update(
    journal::Transaction& tx, const v1::UpdateCaseCategoryRequest& request) {
  const std::string& name = request.case_category().name();
  ASSIGN_OR_RETURN(const v1::CaseCategory before, store_.LockTarget(tx, name, request.etag()));
  v1::CaseCategory after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.case_category(), request.update_mask(), after));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::supervision
