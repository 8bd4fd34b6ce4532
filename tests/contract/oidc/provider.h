// A real OpenID Connect provider (npm's oidc-provider), run by node on loopback.
#ifndef QINGLIAN_TESTS_CONTRACT_OIDC_PROVIDER_H_
#define QINGLIAN_TESTS_CONTRACT_OIDC_PROVIDER_H_

#include <sys/types.h>

#include <string>

namespace qinglian::gateway::oidc {

// Ends with the object. What goes wrong fails the test.
class Provider {
 public:
  Provider();
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  const std::string& issuer() const { return issuer_; }

  // An access token of the client "rs256" or "es256", signed as its name says.
  std::string TokenOf(const std::string& client);

  // From now on it signs with new keys; the old ones stay in its key set until it forgets them.
  void Rotate() { Command("/rotate"); }
  void Forget() { Command("/forget"); }
  // Nobody can reach it, until it is up again at the same address.
  void GoDown() { Command("/down"); }
  void ComeUp() { Command("/up"); }

 private:
  void Command(const std::string& path);

  pid_t pid_ = 0;
  int input_ = -1;
  std::string issuer_;
  std::string control_;
};

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_TESTS_CONTRACT_OIDC_PROVIDER_H_
