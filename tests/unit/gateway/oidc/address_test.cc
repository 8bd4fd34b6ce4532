#include "services/gateway/oidc/address.h"

#include <string>

#include "gtest/gtest.h"

namespace qinglian::gateway::oidc {
namespace {

TEST(Address, IsWhereTheLibraryThatFetchesWouldGo) {
  const struct {
    std::string url;
    AddressKind kind;
  } rows[] = {
      {"https://id.example/keys", AddressKind::kHttps},
      {"https://id.example:8443/keys?x=1", AddressKind::kHttps},
      {"HTTPS://id.example/", AddressKind::kHttps},
      {"http://127.0.0.1:4000/keys", AddressKind::kLoopback},
      {"http://127.0.0.1/keys", AddressKind::kLoopback},
      {"http://localhost:4000", AddressKind::kLoopback},
      {"http://[::1]:4000/", AddressKind::kLoopback},
      {"file:///var/lib/keys", AddressKind::kFile},
      {"http://id.example/keys", AddressKind::kRefused},
      {"http://127.0.0.1:80@id.example/keys", AddressKind::kRefused},
      {"http://localhost:1@id.example/", AddressKind::kRefused},
      {"http://127.0.0.1.id.example/", AddressKind::kRefused},
      {"http://localhost.id.example:80/", AddressKind::kRefused},
      {"https://user:password@id.example/", AddressKind::kRefused},
      {"file://id.example/keys", AddressKind::kRefused},
      {"ftp://id.example/keys", AddressKind::kRefused},
      {"gopher://127.0.0.1/", AddressKind::kRefused},
      {"id.example/keys", AddressKind::kRefused},
      {"/var/lib/keys", AddressKind::kRefused},
      {"https://", AddressKind::kRefused},
      {"", AddressKind::kRefused},
  };
  for (const auto& row : rows) EXPECT_EQ(KindOf(row.url), row.kind) << row.url;
}

}  // namespace
}  // namespace qinglian::gateway::oidc
