// The methods of qinglian.organization.v1.PostService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_POST_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_POST_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/post_service.pb.h"
#include "services/organization/assignment_store.h"
#include "services/organization/organization_store.h"
#include "services/organization/responsibility_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class PostService {
 public:
  explicit PostService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::Post>& store() const { return store_; }

 private:
  absl::StatusOr<v1::Post> Get(rpc::Call& call, mysql::Connection& connection,
                               const v1::GetPostRequest& request);
  absl::StatusOr<v1::ListPostsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                             const v1::ListPostsRequest& request);
  absl::StatusOr<v1::Post> Create(journal::Transaction& tx, const v1::CreatePostRequest& request);
  absl::StatusOr<v1::Post> Update(journal::Transaction& tx, const v1::UpdatePostRequest& request);
  absl::StatusOr<v1::Post> Abolish(journal::Transaction& tx, const v1::AbolishPostRequest& request);

  // INVALID_ARGUMENT where a post of anything but a party body has an office in one.
  absl::Status CheckPartyOffice(journal::Transaction& tx, const v1::Post& post);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  resource::Store<v1::Post> store_;
  AssignmentStore assignments_;
  ResponsibilityStore responsibilities_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_POST_SERVICE_H_
