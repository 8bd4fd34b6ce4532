#include "services/organization/post_service.h"

#include <string>
#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/assignment_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "rank", "key_post", "state"}};
  return listing;
}

}  // namespace

PostService::PostService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.PostService", environment.journal) {
  methods_.Read("GetPost", this, &PostService::Get);
  methods_.Read("ListPosts", this, &PostService::List);
  methods_.Create("CreatePost", this, &PostService::Create);
  methods_.Update("UpdatePost", this, &PostService::Update);
  methods_.Transition("AbolishPost", this, &PostService::Abolish);
  methods_.Batch<v1::BatchTransitionPostsRequest, v1::BatchTransitionPostsResponse>(
      "BatchTransitionPosts");
}

absl::StatusOr<v1::Post> PostService::Get(rpc::Call& call, mysql::Connection& connection,
                                          const v1::GetPostRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListPostsResponse> PostService::List(rpc::Call& call,
                                                        mysql::Connection& connection,
                                                        const v1::ListPostsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  if (request.vacant()) conditions.push_back(AssignmentStore::Vacant());
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListPostsResponse::mutable_posts, std::move(conditions));
}

absl::StatusOr<v1::Post> PostService::Create(journal::Transaction& tx,
                                             const v1::CreatePostRequest& request) {
  v1::Post post = request.post();
  resource::KeepInput(post);
  RETURN_IF_ERROR(organizations_.LockPath(tx, "post.organization", post.organization()).status());
  RETURN_IF_ERROR(CheckPartyOffice(tx, post));
  post.set_state(v1::Post::STATE_ACTIVE);
  return store_.Insert(tx, std::move(post));
}

absl::Status PostService::CheckPartyOffice(journal::Transaction& tx, const v1::Post& post) {
  if (post.party_office() == v1::Post::PARTY_OFFICE_UNSPECIFIED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Organization organization,
                   organizations_.Get(tx.connection(), post.organization()));
  if (organization.kind() == v1::Organization::KIND_PARTY_BODY) return absl::OkStatus();
  status::FieldViolations violations;
  violations.Add("post.party_office", "NOT_ALLOWED", "only a party body has such an office",
                 "只有党组织才设党内职务");
  return violations.ToStatus();
}

absl::StatusOr<v1::Post> PostService::Update(journal::Transaction& tx,
                                             const v1::UpdatePostRequest& request) {
  const std::string& name = request.post().name();
  ASSIGN_OR_RETURN(const v1::Post before, store_.LockTarget(tx, name, request.etag()));
  v1::Post after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.post(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckPartyOffice(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::Post> PostService::Abolish(journal::Transaction& tx,
                                              const v1::AbolishPostRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::Post before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(PostFacts facts, assignments_.HoldersOf(tx.connection(), before.name(), ""));
  ASSIGN_OR_RETURN(const std::vector<std::string> lines,
                   responsibilities_.OfPost(tx.connection(), before.name()));
  facts.answers = !lines.empty();
  v1::Post after = before;
  RETURN_IF_ERROR(organization::Abolish(after, facts));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
