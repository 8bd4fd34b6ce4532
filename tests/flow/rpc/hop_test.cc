// The mark of the hop between processes on different machines.
#include "common/rpc/hop.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/rpc/health_port.h"
#include "common/rpc/hop_metrics.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/flow/rpc/echo_server.h"
#include "tests/flow/rpc/house_certificates.h"

namespace qinglian::rpc {
namespace {

using ::testing::HasSubstr;

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";

class HopTest : public ::testing::Test {
 protected:
  // risk, which supervision and the gateway may call.
  ServerOptions Marked() const {
    ServerOptions options = EchoServer::Defaults();
    options.listen = "0.0.0.0:0";
    options.hop = house_.HopOf("risk");
    options.hop_peers = {"gateway", "supervision"};
    return options;
  }

  static absl::Status Call(const std::shared_ptr<grpc::Channel>& channel) {
    CallOptions options = Options();
    options.timeout = absl::Seconds(20);
    return Invoke<EchoRequest, EchoResponse>(*channel, absl::StrCat(kPackage, "Echo"),
                                             Request("hello"), options)
        .status();
  }

  static std::shared_ptr<grpc::Channel> To(const Server& server, ChannelOptions options) {
    options.own_connections = true;
    return Connect(absl::StrCat("127.0.0.1:", server.port()), options);
  }

  HouseCertificates house_;
};

TEST_F(HopTest, WhoHasTheMarkIsHeardOnAnyAddress) {
  EchoServer echo(Marked());
  ASSERT_TRUE(echo.server_.Start().ok());
  for (const char* peer : {"gateway", "supervision"}) {
    const absl::Status status = Call(To(echo.server_, {.hop = house_.HopOf(peer), .peer = "risk"}));
    EXPECT_TRUE(status.ok()) << peer << ": " << status;
  }
}

TEST_F(HopTest, NobodyElseIsHeard) {
  EchoServer echo(Marked());
  ASSERT_TRUE(echo.server_.Start().ok());
  const HouseCertificates other_house;
  const std::vector<std::pair<std::string, ChannelOptions>> others = {
      {"without TLS", {}},
      {"a process that has no business here", {.hop = house_.HopOf("review"), .peer = "risk"}},
      {"another authority", {.hop = other_house.HopOf("gateway"), .peer = "risk"}},
  };
  for (const auto& [what, options] : others) {
    EXPECT_TRUE(absl::IsUnavailable(Call(To(echo.server_, options)))) << what;
  }
  EXPECT_EQ(echo.echoes, 0);
}

TEST_F(HopTest, WhoShowsNoCertificateOrOneOfAPlatformIsNotHeard) {
  EchoServer echo(Marked());
  ASSERT_TRUE(echo.server_.Start().ok());
  const auto authority = ctl::CertificateAuthority::Open(house_.folder() + "/ca");
  ASSERT_TRUE(authority.ok());
  const auto platform =
      authority->IssueClient("gateway", house_.folder() + "/clients", absl::Hours(1));
  ASSERT_TRUE(platform.ok());
  const auto text = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  // Such a caller looks for the name of a host; that of the process stands there too.
  for (const bool shown : {false, true}) {
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = text(house_.ca());
    if (shown) {
      ssl.pem_private_key = text(platform->key_file);
      ssl.pem_cert_chain = text(platform->certificate_file);
    }
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("risk");
    const auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", echo.server_.port()),
                                                   grpc::SslCredentials(ssl), arguments);
    EXPECT_TRUE(absl::IsUnavailable(Call(channel))) << shown;
  }
  EXPECT_EQ(echo.echoes, 0);
}

TEST_F(HopTest, AServerThatIsAnotherProcessIsNotCalled) {
  EchoServer echo(Marked());
  ASSERT_TRUE(echo.server_.Start().ok());
  EXPECT_TRUE(absl::IsUnavailable(
      Call(To(echo.server_, {.hop = house_.HopOf("gateway"), .peer = "organization"}))));
  EXPECT_EQ(echo.echoes, 0);
}

TEST_F(HopTest, WithoutAMarkOnlyThisMachineIsServedAndCalled) {
  ServerOptions options = EchoServer::Defaults();
  options.listen = "0.0.0.0:0";
  EchoServer echo(options);
  const absl::Status status = echo.server_.Start();
  EXPECT_TRUE(status::Is(status, status::kConfigInvalid)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("hop_certificate_file"));
  EXPECT_FALSE(CheckTarget("organization_address", "dns:///organization:7200", nullptr).ok());
  EXPECT_TRUE(CheckTarget("organization_address", "dns:///localhost:7200", nullptr).ok());
  EXPECT_TRUE(CheckTarget("organization_address", "unix:/run/x.sock", nullptr).ok());
  EXPECT_TRUE(
      CheckTarget("organization_address", "dns:///organization:7200", house_.HopOf("risk").get())
          .ok());
}

TEST_F(HopTest, AServerThatNobodyMayCallDoesNotStart) {
  ServerOptions options = Marked();
  options.hop_peers.clear();
  EchoServer echo(options);
  EXPECT_THAT(std::string(echo.server_.Start().message()), HasSubstr("hop_peers"));
}

TEST_F(HopTest, FilesThatPeersWouldRefuseAreRefusedAtTheStartSayingWhy) {
  const HopFiles good = house_.Issue("risk");
  const HouseCertificates other_house;
  const HopFiles other = other_house.Issue("risk");
  const HopFiles brief = house_.Issue("risk", "brief", absl::Seconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(2'100));
  const HopFiles open = house_.Issue("risk", "open");
  ASSERT_EQ(chmod(open.key.c_str(), 0644), 0);
  const std::vector<std::pair<HopFiles, std::string>> bad = {
      {{good.certificate, good.key, ""}, "belong together"},
      {{good.certificate + ".gone", good.key, good.ca}, "cannot be read"},
      {{good.certificate, good.key + ".gone", good.ca}, "cannot be read"},
      {{good.certificate, good.key, good.ca + ".gone"}, "cannot be read"},
      {{good.key, good.key, good.ca}, "holds no certificate"},
      {{good.certificate, other.key, good.ca}, "is not the key of"},
      {{good.certificate, good.key, other.ca}, "would be refused"},
      {brief, "certificate has expired"},
      {open, "may be read by everybody"},
      {house_.Issue("review"), "is of another process"},
  };
  for (const auto& [files, why] : bad) {
    const auto hop = Hop::Load("risk", files);
    EXPECT_TRUE(status::Is(hop.status(), status::kConfigInvalid)) << why << ": " << hop.status();
    EXPECT_THAT(std::string(hop.status().message()), HasSubstr(why));
  }
  EXPECT_TRUE(Hop::Load("risk", {}).ok());
  EXPECT_EQ(*Hop::Load("risk", {}), nullptr);
}

// Files in a folder behind a link that is turned, as Kubernetes turns those of a Secret.
class Rotation : public HopTest {
 protected:
  // `trusted`: the authorities whose certificates are accepted; only that of `house` where there
  // are none.
  HopFiles Turned(const std::string& process, const HouseCertificates& house,
                  absl::Duration valid = absl::Hours(24),
                  const std::vector<const HouseCertificates*>& trusted = {}) {
    const HopFiles files = house.Issue(process, absl::StrCat("turn", ++turns_), valid);
    const std::string folder = absl::StrCat(house_.folder(), "/", process, "-", turns_);
    std::filesystem::create_directory(folder);
    for (const auto& [from, name] :
         {std::pair{files.certificate, "tls.crt"}, {files.key, "tls.key"}, {files.ca, "ca.crt"}}) {
      std::filesystem::copy(from, folder + "/" + name);
    }
    if (!trusted.empty()) {
      std::ofstream authorities(folder + "/ca.crt", std::ios::trunc);
      for (const HouseCertificates* each : trusted)
        authorities << std::ifstream(each->ca()).rdbuf();
    }
    const std::string link = absl::StrCat(house_.folder(), "/", process);
    std::filesystem::create_directory_symlink(folder, link + ".new");
    std::filesystem::rename(link + ".new", link);
    return {link + "/tls.crt", link + "/tls.key", link + "/ca.crt", 1};
  }

  int turns_ = 0;
};

TEST_F(Rotation, NewCertificatesAreTakenUpWhileOldConnectionsGoOn) {
  ServerOptions options = Marked();
  const auto hop = Hop::Load("risk", Turned("risk", house_));
  ASSERT_TRUE(hop.ok()) << hop.status();
  options.hop = *hop;
  EchoServer echo(options);
  ASSERT_TRUE(echo.server_.Start().ok());
  const auto before = To(echo.server_, {.hop = house_.HopOf("gateway"), .peer = "risk"});
  ASSERT_TRUE(Call(before).ok());

  const HouseCertificates new_house;
  Turned("risk", new_house);
  const std::shared_ptr<const Hop> new_gateway = new_house.HopOf("gateway");
  absl::Status status;
  const absl::Time end = absl::Now() + absl::Minutes(1);
  do {
    status = Call(To(echo.server_, {.hop = new_gateway, .peer = "risk"}));
    EXPECT_TRUE(Call(before).ok());
  } while (!status.ok() && absl::Now() < end);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::IsUnavailable(
      Call(To(echo.server_, {.hop = house_.HopOf("supervision"), .peer = "risk"}))));
  EXPECT_TRUE(Call(before).ok());
}

// What a scrape says of a gauge without labels.
std::string Scraped(metrics::Registry& registry, const std::string& name) {
  const std::string text = "\n" + registry.Render();
  const size_t from = text.find("\n" + name + " ");
  if (from == text.npos) return "nothing";
  const size_t value = from + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

constexpr char kOwn[] = "rpc_hop_certificate_expiry_timestamp_seconds";

TEST_F(Rotation, AScrapeTellsWhenTheCertificateThatLiesThereRunsOut) {
  const auto seconds_left = [](metrics::Registry& registry) {
    return std::stod(Scraped(registry, kOwn)) -
           absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  };
  const auto hop = Hop::Load("risk", Turned("risk", house_, absl::Hours(2)));
  ASSERT_TRUE(hop.ok()) << hop.status();
  metrics::Registry registry("test", "1");
  const HopMetrics metrics(registry, *hop);
  EXPECT_NEAR(seconds_left(registry), 2 * 3600, 60);
  Turned("risk", house_, absl::Hours(48));
  EXPECT_NEAR(seconds_left(registry), 48 * 3600, 60);
  // While somebody puts another in its place.
  std::filesystem::remove(house_.folder() + "/risk");
  EXPECT_NEAR(seconds_left(registry), 48 * 3600, 60);
}

TEST_F(HopTest, AnAuthorityThatRunsOutFirstIsWhatCounts) {
  // Ours issues nothing that outlasts it; others do.
  const std::string script = absl::StrCat("cd ", house_.folder(), R"( && exec >/dev/null 2>&1
    new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    printf 'subjectAltName=URI:spiffe://qinglian/processes/risk\n' >risk.extensions
    openssl req -x509 $new -keyout short.key -out short.crt -subj /CN=short -days 2 &&
    openssl req $new -keyout risk.key -out risk.request -subj /CN=risk &&
    openssl x509 -req -in risk.request -CA short.crt -CAkey short.key -CAcreateserial -days 90 \
      -extfile risk.extensions -out risk.crt && chmod 600 risk.key)");
  ASSERT_EQ(std::system(script.c_str()), 0);
  const std::string folder = house_.folder();
  const auto hop =
      Hop::Load("risk", {folder + "/risk.crt", folder + "/risk.key", folder + "/short.crt"});
  ASSERT_TRUE(hop.ok()) << hop.status();
  const absl::StatusOr<absl::Time> expiry = (*hop)->Expiry();
  ASSERT_TRUE(expiry.ok()) << expiry.status();
  EXPECT_GT(*expiry, absl::Now() + absl::Hours(47));
  EXPECT_LT(*expiry, absl::Now() + absl::Hours(49));
}

TEST_F(HopTest, WhereNothingIsShownNothingRunsOut) {
  metrics::Registry registry("test", "1");
  const HopMetrics metrics(registry, nullptr);
  EXPECT_EQ(Scraped(registry, kOwn), "+Inf");
}

TEST_F(HopTest, WhenACallersCertificateRunsOutIsToldByWhatItShowed) {
  static constexpr metrics::GaugeDefinition kPeer{"peer_expiry_timestamp_seconds",
                                                  "Of the gateway."};
  const ServerOptions options = Marked();
  EchoServer echo(options);
  metrics::Registry registry("test", "1");
  const HopPeerMetrics metrics(registry, options.hop, "gateway", kPeer);
  ASSERT_TRUE(echo.server_.Start().ok());
  EXPECT_EQ(Scraped(registry, kPeer.name.data()), "+Inf");
  for (const int hours : {3, 5}) {
    const auto caller = Hop::Load(
        "gateway", house_.Issue("gateway", absl::StrCat("of", hours), absl::Hours(hours)));
    ASSERT_TRUE(caller.ok()) << caller.status();
    ASSERT_TRUE(Call(To(echo.server_, {.hop = *caller, .peer = "risk"})).ok());
    EXPECT_NEAR(std::stod(Scraped(registry, kPeer.name.data())),
                absl::ToDoubleSeconds(absl::Now() + absl::Hours(hours) - absl::UnixEpoch()), 60);
  }
}

// The procedure of deploy/README.md, by the two ends of a hop in the worst order.
TEST_F(Rotation, AnAuthorityTakesThePlaceOfAnotherAndNoCallFails) {
  const HouseCertificates new_house;
  ServerOptions options = Marked();
  const auto risk = Hop::Load("risk", Turned("risk", house_));
  const auto gateway = Hop::Load("gateway", Turned("gateway", house_));
  ASSERT_TRUE(risk.ok() && gateway.ok()) << risk.status() << gateway.status();
  options.hop = *risk;
  EchoServer echo(options);
  ASSERT_TRUE(echo.server_.Start().ok());
  std::atomic<bool> over{false};
  std::atomic<int> calls{0};
  const auto work = [&](bool anew) {
    return std::thread([&, anew] {
      auto channel = To(echo.server_, {.hop = *gateway, .peer = "risk"});
      for (; !over; ++calls) {
        if (anew) channel = To(echo.server_, {.hop = *gateway, .peer = "risk"});
        const absl::Status status = Call(channel);
        EXPECT_TRUE(status.ok()) << (anew ? "on a new connection: " : "") << status;
      }
    });
  };
  std::vector<std::thread> callers;
  callers.push_back(work(false));
  callers.push_back(work(true));
  // Files are read anew within a second.
  const auto step = [&](const HouseCertificates& house,
                        const std::vector<const HouseCertificates*>& trusted) {
    for (const char* process : {"risk", "gateway"}) {
      Turned(process, house, absl::Hours(24), trusted);
      absl::SleepFor(absl::Seconds(2.5));
    }
  };
  step(house_, {&house_, &new_house});
  step(new_house, {&house_, &new_house});
  step(new_house, {&new_house});
  over = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(calls, 100);
  EXPECT_TRUE(absl::IsUnavailable(
      Call(To(echo.server_, {.hop = house_.HopOf("gateway"), .peer = "risk"}))));
}

absl::StatusOr<grpc::health::v1::HealthCheckResponse> Ask(int port, const std::string& service,
                                                          const char* method = kHealth) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  return Invoke<grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse>(
      *Connect(absl::StrCat("127.0.0.1:", port)), method, request, {});
}

TEST_F(HopTest, HealthIsToldToAnybodyOnAPortOfItsOwnAndNothingElse) {
  using grpc::health::v1::HealthCheckResponse;
  ServerOptions options = Marked();
  options.health_address = "0.0.0.0:0";
  EchoServer echo(options);
  ASSERT_TRUE(echo.server_.Start().ok());
  const int port = echo.server_.health_port();
  EXPECT_EQ(Ask(port, "")->status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Ask(port, "live")->status(), HealthCheckResponse::SERVING);
  echo.server_.SetReady(true);
  EXPECT_EQ(Ask(port, "")->status(), HealthCheckResponse::SERVING);
  EXPECT_TRUE(absl::IsNotFound(Ask(port, "qinglian.example.v1.EchoService").status()));
  EXPECT_TRUE(absl::IsUnimplemented(Ask(port, "", "/grpc.health.v1.Health/Watch").status()));
  EXPECT_TRUE(absl::IsUnimplemented(Call(Connect(absl::StrCat("127.0.0.1:", port)))));
  echo.server_.Drain();
  EXPECT_EQ(Ask(port, "")->status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(echo.echoes, 0);
}

TEST_F(HopTest, AHealthPortThatIsTakenIsAnErrorInOneLine) {
  const auto first = HealthPort::Start("127.0.0.1:0", [] { return true; });
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second =
      HealthPort::Start(absl::StrCat("127.0.0.1:", (*first)->port()), [] { return true; });
  EXPECT_TRUE(status::Is(second.status(), status::kConfigInvalid)) << second.status();
}

}  // namespace
}  // namespace qinglian::rpc
