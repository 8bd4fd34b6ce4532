#include "services/gateway/identity.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/caller.h"
#include "common/status/macros.h"
#include "common/status/text.h"
#include "services/gateway/metadata.h"

namespace qinglian::gateway {
namespace {

// A token is made anew after a third of its life, so that what is forwarded holds for the rest.
const int64_t kRenewNs = absl::ToInt64Nanoseconds(access::kIdentityLifetime) / 3;
// Beyond this many all are forgotten.
constexpr size_t kMaxTokens = 10'000;

}  // namespace

absl::StatusOr<const std::string*> Identities::TokenFor(const grpc_metadata_array& metadata,
                                                        int64_t now_ns) {
  const std::string_view actor = Find(metadata, rpc::kCallerKey);
  const std::string_view client = Find(metadata, rpc::kClientKey);
  if (tokens_.size() > kMaxTokens) tokens_.clear();
  Token& token = tokens_[absl::StrCat(status::View(actor), "\n", status::View(client))];
  if (!token.bytes.empty() && now_ns - token.made_ns < kRenewNs) return &token.bytes;
  ASSIGN_OR_RETURN(const rpc::Caller caller, rpc::ParseCaller(actor, client));
  access::v1::Identity identity;
  identity.set_actor(caller.actor);
  identity.set_client(caller.client);
  identity.add_grants()->set_role("roles/service");
  token.bytes = keys_->Current()->Make(std::move(identity), absl::Now(), access::kIdentityLifetime);
  token.made_ns = now_ns;
  return &token.bytes;
}

}  // namespace qinglian::gateway
