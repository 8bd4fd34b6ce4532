// The whole house as its user meets it: every service a process of its own with its own schema,
// behind the gateway and the edge.
#ifndef QINGLIAN_TESTS_SUPPORT_SYSTEM_H_
#define QINGLIAN_TESTS_SUPPORT_SYSTEM_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "tests/support/database.h"

namespace qinglian::test {

inline constexpr char kAdministrator[] = "clients/administrator";

// Starts everything and ends it. What cannot be started ends the test's process with the last lines
// of the log of whoever failed. Used by one thread.
class System {
 public:
  // Every service that this build has.
  static std::vector<std::string> AllServices();

  // `services`: which ones, such as {"organization", "risk"}. They follow each other where both are
  // there. `log_level`: how much they log. `token_issuer`: the identity provider of persons, whose
  // discovery document names its keys; empty for one that this class plays itself. `twice`: each
  // process runs twice, the second of "risk" being "risk2"; who calls them takes turns.
  // Then localhost has to be 127.0.0.1 and ::1.
  explicit System(std::vector<std::string> services, std::string log_level = "info",
                  std::string token_issuer = "", bool twice = false);
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // A channel through the edge, with the certificate of `clients/administrator`, who is the
  // administrator of the house.
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  // How calls on it are made as `caller`: that client itself, or a person, known by the staff
  // number that the registry has of him.
  rpc::CallOptions As(const std::string& caller) const;
  // A token of the person with a staff number, as the identity provider would issue it.
  std::string TokenOf(const std::string& staff_number) const;
  // Gives a person or a client a role in a subtree; empty for the whole installation.
  void Grant(const std::string& subject, const std::string& role,
             const std::string& organization = "") const;
  // The command line that qlctl needs to be the administrator, one option an entry.
  std::vector<std::string> CtlFlags() const;
  std::string address(const std::string& process) const { return Address(process); }
  // The demonstration clock of all services.
  std::string clock_file() const { return folder_ + "/clock"; }
  std::string folder() const { return folder_; }
  const TestDatabase& database(const std::string& service) const { return *databases_.at(service); }
  // What a process has logged so far.
  std::string Log(const std::string& process) const;
  // What a process answers to /metrics.
  std::string Metrics(const std::string& process) const;

  // Sends a signal and waits for the end; SIGKILL is death without notice.
  void Stop(const std::string& process, int signal);
  // Ends processes in good order, all at the same time, and starts them again at their addresses
  // from `build`, the folder of a build; waits until they serve.
  void Roll(const std::vector<std::string>& processes, const std::string& build);
  // Starts a process that was stopped, at its old address, and waits until it serves.
  void Start(const std::string& process);
  // The same without waiting.
  void Begin(const std::string& process);
  // Whether it says that it serves, at this moment.
  bool Serves(const std::string& process) const;
  // Starts a second gateway, `gateway2`, beside the one that the edge knows, and waits until it
  // serves. `organization`: where it finds the service of that name, if elsewhere than the others.
  void AddGateway(const std::string& organization = "");
  // Gives a service that was stopped an empty schema, migrated.
  void Renew(const std::string& service);
  // Gives a service that was stopped the schema of its own name on another server, where it was
  // restored.
  void Rehouse(const std::string& service, const std::string& socket);

 private:
  void MakeCredentials();
  void MakeAdministrator() const;
  std::string StaffNumberOf(const std::string& person) const;
  void LaunchEdge();
  // As the edge is told of them.
  std::string Gateways() const;
  void AwaitEdge();
  // Calls the service of role bindings itself, behind the gateway.
  template <class Response, class Request>
  absl::StatusOr<Response> Invoke(const std::string& method, const Request& request,
                                  const rpc::CallOptions& options) const;
  std::string Address(const std::string& process) const;
  // Where a service is called, whichever of its processes takes the call.
  std::string Target(const std::string& service) const;
  // The service that a process is of.
  std::string ServiceOf(const std::string& process) const;
  std::vector<std::string> Processes() const;
  std::vector<std::string> Options(const std::string& process) const;
  std::vector<std::string> GatewayOptions(const std::string& process) const;
  void Launch(const std::string& process, const std::vector<std::string>& arguments);
  void Migrate(const std::string& service);
  void AwaitHealth(const std::string& process);
  [[noreturn]] void Fail(const std::string& process, const std::string& what) const;

  const std::vector<std::string> services_;
  const std::string log_level_;
  const std::string token_issuer_;
  const bool twice_;
  // From where programs are started.
  std::string build_;
  std::string folder_;
  // What the second gateway takes for it.
  std::string other_organization_;
  std::map<std::string, std::unique_ptr<TestDatabase>> databases_;
  std::map<std::string, int> ports_;
  std::map<std::string, pid_t> processes_;
  std::shared_ptr<grpc::Channel> channel_;
  // Tokens that were issued, by person; good for longer than a test lasts.
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> tokens_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_SYSTEM_H_
