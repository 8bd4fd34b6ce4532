#include "tests/support/system.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "grpc/health/v1/health.pb.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/ctl/certificate_authority.h"
#include "services/ctl/development_tokens.h"
#include "services/ctl/seal_commands.h"
#include "tests/support/identity.h"

extern char** environ;

namespace qinglian::test {
namespace {

// Ports that nobody has at this moment, all different.
std::vector<int> FreePorts(size_t count) {
  std::vector<int> sockets, ports;
  for (size_t i = 0; i < count; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof address;
    bind(socket_fd, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
    sockets.push_back(socket_fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (int socket_fd : sockets) close(socket_fd);
  return ports;
}

constexpr char kIssuer[] = "https://identity.test";
constexpr char kAudience[] = "qinglian";

bool IsGateway(const std::string& process) { return process == "gateway" || process == "gateway2"; }

// The program of a process in the folder of a build.
std::string Binary(const std::string& process, const std::string& build) {
  if (process == "edge") return "/usr/sbin/haproxy";
  const absl::string_view name = absl::StripSuffix(process, "2");
  return absl::StrCat(build, "/services/", name, "/", name);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The answer to a GET, headers included; "" where nobody answers.
std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: localhost\r\n\r\n");
    if (write(fd, request.data(), request.size()) > 0) {
      char buffer[4096];
      for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
        answer.append(buffer, static_cast<size_t>(n));
    }
  }
  close(fd);
  return answer;
}

}  // namespace

std::vector<std::string> System::AllServices() {
  std::vector<std::string> services = {"organization", "risk", "supervision", "review"};
  std::erase_if(services, [](const std::string& service) {
    return !std::filesystem::exists(Binary(service, QINGLIAN_BINARY_DIR));
  });
  return services;
}

System::System(std::vector<std::string> services, std::string log_level, std::string token_issuer,
               bool twice)
    : services_(std::move(services)),
      log_level_(std::move(log_level)),
      token_issuer_(std::move(token_issuer)),
      twice_(twice),
      build_(QINGLIAN_BINARY_DIR) {
  char pattern[] = "/tmp/qinglian-test-XXXXXX";
  folder_ = mkdtemp(pattern);
  std::ofstream(folder_ + "/key") << std::string(64, '7') << "\n";
  std::ofstream(folder_ + "/identity_key") << kIdentityKey << "\n";
  chmod((folder_ + "/identity_key").c_str(), 0600);
  // Before anybody reads it, as deploy/up does: business time never runs back.
  std::ofstream(clock_file()) << "2025-01-02T01:00:00Z\n";
  MakeCredentials();
  const std::vector<std::string> processes = Processes();
  std::vector<std::string> listening = processes;
  listening.push_back("edge");
  const std::vector<int> ports = FreePorts(listening.size() * 2);
  for (size_t i = 0; i < listening.size(); ++i) {
    ports_[listening[i]] = ports[2 * i];
    ports_[listening[i] + "/metrics"] = ports[2 * i + 1];
  }
  for (const std::string& service : services_) {
    std::filesystem::create_directory(absl::StrCat(folder_, "/", service));
    databases_[service] = std::make_unique<TestDatabase>();
    Migrate(service);
  }
  // All at once: they follow each other, and none is ready before whom it follows.
  for (const std::string& process : processes) Launch(process, Options(process));
  LaunchEdge();
  for (const std::string& process : processes) AwaitHealth(process);
  MakeAdministrator();
  rpc::ChannelOptions door;
  door.ca_certificates = ReadFile(folder_ + "/ca/ca.pem");
  door.certificate = ReadFile(folder_ + "/administrator.pem");
  door.key = ReadFile(folder_ + "/administrator.key");
  channel_ = rpc::Connect(Address("edge"), door);
  AwaitEdge();
}

std::vector<std::string> System::Processes() const {
  std::vector<std::string> processes = services_;
  for (const std::string& service : services_) {
    if (twice_) processes.push_back(service + "2");
  }
  processes.push_back("gateway");
  if (twice_) processes.push_back("gateway2");
  return processes;
}

std::string System::ServiceOf(const std::string& process) const {
  return std::string(absl::StripSuffix(process, "2"));
}

void System::AwaitEdge() {
  ::grpc::health::v1::HealthCheckRequest request;
  ::grpc::health::v1::HealthCheckResponse response;
  rpc::CallOptions options;
  options.timeout = absl::Seconds(60);
  options.retries = 1'000;
  const absl::Status status =
      rpc::InvokeRaw(*channel_, "/grpc.health.v1.Health/Check", request, response, options);
  if (!status.ok()) Fail("edge", status.ToString());
}

void System::MakeCredentials() {
  const auto authority = ctl::CertificateAuthority::Create(folder_ + "/ca");
  if (!authority.ok()) Fail("edge", authority.status().ToString());
  const absl::Duration valid = absl::Hours(24);
  for (const absl::Status& made :
       {authority->IssueServer({"localhost", "127.0.0.1"}, folder_, valid).status(),
        authority->IssueClient("administrator", folder_, valid).status(),
        ctl::MakeTokenKey(folder_ + "/token.key"),
        ctl::MakeSealingKey(folder_ + "/sealing.key").status()}) {
    if (!made.ok()) Fail("edge", made.ToString());
  }
  // Where the edge looks.
  std::filesystem::create_symlink("ca/ca.pem", folder_ + "/clients.pem");
  std::filesystem::create_symlink("ca/revoked.pem", folder_ + "/revoked.pem");
}

void System::MakeAdministrator() const {
  organization::v1::MakeFirstAdministratorRequest request;
  request.set_client_code("administrator");
  request.set_request_id(id::Uuid::NewV4().ToString());
  const auto made = Invoke<organization::v1::RoleBinding>("MakeFirstAdministrator", request,
                                                          CallAs("services/first"));
  if (!made.ok()) Fail("organization", made.status().ToString());
}

void System::Grant(const std::string& subject, const std::string& role,
                   const std::string& organization) const {
  organization::v1::GrantRoleRequest request;
  organization::v1::RoleBinding& binding = *request.mutable_role_binding();
  binding.set_subject(subject);
  binding.set_role(role);
  binding.set_organization(organization);
  binding.set_reason("for the test");
  request.set_request_id(id::Uuid::NewV4().ToString());
  auto made = Invoke<organization::v1::RoleBinding>("GrantRole", request, CallAs("services/first"));
  if (made.ok() && made->state() == organization::v1::RoleBinding::STATE_PENDING_APPROVAL) {
    organization::v1::ApproveRoleBindingRequest approve;
    approve.set_name(made->name());
    approve.set_etag(made->etag());
    approve.set_request_id(id::Uuid::NewV4().ToString());
    made = Invoke<organization::v1::RoleBinding>("ApproveRoleBinding", approve,
                                                 CallAs("services/second"));
  }
  if (!made.ok()) Fail("organization", made.status().ToString());
}

template <class Response, class Request>
absl::StatusOr<Response> System::Invoke(const std::string& method, const Request& request,
                                        const rpc::CallOptions& options) const {
  return rpc::Invoke<Request, Response>(*rpc::Connect(Address("organization")),
                                        "/qinglian.organization.v1.RoleBindingService/" + method,
                                        request, options);
}

std::string System::TokenOf(const std::string& staff_number) const {
  const auto token = ctl::IssueToken(
      folder_ + "/token.key", {.issuer = kIssuer, .audience = kAudience, .subject = staff_number});
  if (!token.ok()) Fail("edge", token.status().ToString());
  return *token;
}

rpc::CallOptions System::As(const std::string& caller) const {
  rpc::CallOptions options;
  if (caller == kAdministrator) return options;
  const std::lock_guard lock(mutex_);
  std::string& token = tokens_[caller];
  if (token.empty()) token = TokenOf(StaffNumberOf(caller));
  options.metadata.emplace_back("authorization", "Bearer " + token);
  return options;
}

std::string System::StaffNumberOf(const std::string& person) const {
  const std::string id = person.substr(person.find('/') + 1);
  return database("organization")
      .Value(absl::StrCat("SELECT staff_number FROM persons WHERE id = UNHEX(REPLACE('", id,
                          "', '-', ''))"));
}

std::vector<std::string> System::CtlFlags() const {
  return {"--address=" + Address("edge"),
          "--edge_ca=" + folder_ + "/ca/ca.pem",
          "--certificate=" + folder_ + "/administrator.pem",
          "--certificate_key=" + folder_ + "/administrator.key",
          "--token_key=" + folder_ + "/token.key",
          absl::StrCat("--token_issuer=", kIssuer),
          absl::StrCat("--token_audience=", kAudience)};
}

// deploy/edge/haproxy.cfg, filled in as deploy/lib/edge.sh does.
void System::LaunchEdge() {
  const std::string configuration =
      absl::StrReplaceAll(ReadFile(QINGLIAN_SOURCE_DIR "/deploy/edge/haproxy.cfg"),
                          {{"@RUN@", folder_},
                           {"@CERTIFICATES@", folder_},
                           {"@LISTEN@", Address("edge")},
                           {"@METRICS_PORT@", absl::StrCat(ports_.at("edge/metrics"))},
                           {"@MAXCONN@", "200"},
                           {"@GATEWAYS@", Gateways()}});
  std::ofstream(folder_ + "/haproxy.cfg") << configuration;
  Launch("edge", {"-W", "-f", folder_ + "/haproxy.cfg"});
}

std::string System::Gateways() const {
  std::string gateways = absl::StrCat("  server gateway1 unix@", folder_, "/gateway.sock");
  if (twice_) absl::StrAppend(&gateways, "\n  server gateway2 unix@", folder_, "/gateway2.sock");
  return gateways;
}

System::~System() {
  // All at once: each takes its time.
  for (const auto& [process, pid] : processes_) kill(pid, SIGTERM);
  for (const auto& [process, pid] : processes_) waitpid(pid, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

std::string System::Address(const std::string& process) const {
  // Where only the edge calls.
  if (IsGateway(process)) return absl::StrCat("unix:", folder_, "/", process, ".sock");
  if (process.ends_with('2')) return absl::StrCat("[::1]:", ports_.at(ServiceOf(process)));
  return absl::StrCat("127.0.0.1:", ports_.at(process));
}

std::string System::Target(const std::string& service) const {
  return twice_ ? absl::StrCat("dns:///localhost:", ports_.at(service)) : Address(service);
}

std::string System::Log(const std::string& process) const {
  return ReadFile(absl::StrCat(folder_, "/", process, ".log"));
}

std::string System::Metrics(const std::string& process) const {
  const std::string answer = HttpGet(ports_.at(process + "/metrics"), "/metrics");
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

std::vector<std::string> System::Options(const std::string& process) const {
  std::vector<std::string> options = {
      "--listen=" + Address(process),
      absl::StrCat("--metrics_address=127.0.0.1:", ports_.at(process + "/metrics")),
      "--identity_key_file=" + folder_ + "/identity_key"};
  // What a test wants of every process that it starts from now on.
  const char* const wanted = std::getenv("QINGLIAN_TEST_PROCESS_OPTIONS");
  for (const auto option : absl::StrSplit(wanted == nullptr ? "" : wanted, ' ', absl::SkipEmpty()))
    options.emplace_back(option);
  const auto has = [&](const char* service) {
    return std::find(services_.begin(), services_.end(), service) != services_.end();
  };
  if (IsGateway(process)) {
    const std::vector<std::string> more = GatewayOptions(process);
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  const std::string service = ServiceOf(process);
  options.push_back("--mysql=" + databases_.at(service)->url());
  options.push_back("--key_file=" + folder_ + "/key");
  options.push_back("--log_level=" + log_level_);
  options.push_back(absl::StrCat("--checkpoint_dir=", folder_, "/", service));
  options.push_back("--demonstration_clock=" + clock_file());
  if (service == "organization")
    options.push_back("--sealing_key_file=" + folder_ + "/sealing.key");
  if (service != "organization" && has("organization")) {
    options.push_back("--organization_address=" + Target("organization"));
  }
  if ((service == "risk" || service == "review") && has("supervision")) {
    options.push_back("--supervision_address=" + Target("supervision"));
  }
  return options;
}

std::vector<std::string> System::GatewayOptions(const std::string& process) const {
  std::string upstream;
  for (const std::string& service : services_) {
    const bool elsewhere =
        process == "gateway2" && service == "organization" && !other_organization_.empty();
    absl::StrAppend(&upstream, upstream.empty() ? "" : ",", service, "=",
                    elsewhere ? other_organization_ : Target(service));
  }
  std::vector<std::string> options = {"--upstream=" + upstream,
                                      absl::StrCat("--token_audience=", kAudience)};
  if (token_issuer_.empty()) {
    options.push_back(absl::StrCat("--token_issuer=", kIssuer));
    options.push_back(absl::StrCat("--token_keys=file://", folder_, "/token.key.public"));
  } else {
    options.push_back("--token_issuer=" + token_issuer_);
  }
  // Tests of quotas set their own.
  for (const char* limit : {"client_calls_per_second", "client_concurrent_calls",
                            "person_calls_per_second", "person_concurrent_calls"}) {
    options.push_back(absl::StrCat("--", limit, "=0"));
  }
  return options;
}

void System::Launch(const std::string& process, const std::vector<std::string>& arguments) {
  const std::string binary = Binary(process, build_);
  std::vector<char*> argv = {const_cast<char*>(binary.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string log = absl::StrCat(folder_, "/", process, ".log");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, binary.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) Fail(process, absl::StrCat("cannot start ", binary));
  processes_[process] = pid;
}

void System::Migrate(const std::string& service) {
  Launch(service, {"migrate", "--mysql=" + databases_.at(service)->url()});
  int status = 0;
  waitpid(processes_.at(service), &status, 0);
  processes_.erase(service);
  if (status != 0) Fail(service, "does not migrate");
}

bool System::Serves(const std::string& process) const {
  // A connection of its own: one that failed a moment ago would wait before it tried again.
  const std::shared_ptr<grpc::Channel> channel =
      rpc::Connect(Address(process), {.own_connections = true});
  ::grpc::health::v1::HealthCheckRequest request;
  ::grpc::health::v1::HealthCheckResponse response;
  rpc::CallOptions options;
  options.timeout = absl::Seconds(1);
  const absl::Status status =
      rpc::InvokeRaw(*channel, "/grpc.health.v1.Health/Check", request, response, options);
  return status.ok() && response.status() == ::grpc::health::v1::HealthCheckResponse::SERVING;
}

void System::AwaitHealth(const std::string& process) {
  const absl::Time until = absl::Now() + absl::Seconds(60);
  while (absl::Now() < until) {
    if (Serves(process)) return;
    if (waitpid(processes_.at(process), nullptr, WNOHANG) != 0) Fail(process, "ended");
    absl::SleepFor(absl::Milliseconds(50));
  }
  Fail(process, "does not serve");
}

void System::Stop(const std::string& process, int signal) {
  const auto found = processes_.find(process);
  if (found == processes_.end()) return;
  kill(found->second, signal);
  waitpid(found->second, nullptr, 0);
  processes_.erase(found);
}

void System::Roll(const std::vector<std::string>& processes, const std::string& build) {
  build_ = build;
  for (const std::string& process : processes) kill(processes_.at(process), SIGTERM);
  for (const std::string& process : processes) {
    waitpid(processes_.at(process), nullptr, 0);
    processes_.erase(process);
    Begin(process);
  }
  for (const std::string& process : processes) AwaitHealth(process);
}

void System::Start(const std::string& process) {
  Begin(process);
  AwaitHealth(process);
}

void System::Begin(const std::string& process) {
  if (processes_.contains(process)) Fail(process, "runs already");
  Launch(process, Options(process));
}

void System::AddGateway(const std::string& organization) {
  other_organization_ = organization;
  ports_["gateway2/metrics"] = FreePorts(1)[0];
  Start("gateway2");
}

void System::Renew(const std::string& service) {
  databases_[service] = std::make_unique<TestDatabase>();
  // Checkpoints vouch for a journal that is gone.
  std::filesystem::remove_all(absl::StrCat(folder_, "/", service));
  std::filesystem::create_directory(absl::StrCat(folder_, "/", service));
  Migrate(service);
}

void System::Rehouse(const std::string& service, const std::string& socket) {
  const std::string schema = databases_.at(service)->options().schema;
  databases_[service] = std::make_unique<TestDatabase>(socket, schema);
}

void System::Fail(const std::string& process, const std::string& what) const {
  std::cerr << process << " " << what << ":\n" << Log(process) << "\n";
  for (const auto& [name, pid] : processes_) kill(pid, SIGKILL);
  std::_Exit(1);
}

}  // namespace qinglian::test
