// The identity provider of the gateway's tests: a key in a file, and tokens that it signs.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_PROVIDER_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_PROVIDER_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "services/ctl/development_tokens.h"
#include "tests/flow/gateway/registry.h"

namespace qinglian::gateway::test {

class Provider {
 public:
  static constexpr char kIssuer[] = "https://identity.test";
  static constexpr char kAudience[] = "qinglian";

  // Where its public keys are.
  static std::string KeysUrl() { return "file://" + KeyFile() + ".public"; }

  // A token of the person whom these tests call as.
  static const std::string& Token() {
    static const std::string token = TokenOf(kStaffNumber);
    return token;
  }
  static std::string TokenOf(const std::string& staff_number,
                             absl::Duration lifetime = absl::Minutes(15)) {
    const auto token = ctl::IssueToken(
        KeyFile(),
        {.issuer = kIssuer, .audience = kAudience, .subject = staff_number, .lifetime = lifetime});
    EXPECT_TRUE(token.ok()) << token.status();
    return token.value_or("");
  }

 private:
  static std::string KeyFile() {
    static const std::string file = [] {
      std::string path = testing::TempDir() + "gateway_token_key." + std::to_string(getpid());
      EXPECT_TRUE(ctl::MakeTokenKey(path).ok());
      return path;
    }();
    return file;
  }
};

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_PROVIDER_H_
