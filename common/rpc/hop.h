// The mark of the hop between processes of the house on different machines: mutual TLS, with
// certificates of an authority of the house alone. Each names its process in its one URI,
// `spiffe://qinglian/processes/{process}`, and that name is what is looked at, on both sides: a
// certificate is good on whatever machine the process runs.
#ifndef QINGLIAN_COMMON_RPC_HOP_H_
#define QINGLIAN_COMMON_RPC_HOP_H_

#include <grpc/grpc_security.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace grpc::experimental {
class FileWatcherCertificateProvider;
class TlsCredentialsOptions;
}  // namespace grpc::experimental

namespace qinglian::rpc {

// Where they lie, PEM: the certificate of this process with what leads to the authority, its key,
// and the authorities of the house.
struct HopFiles {
  std::string certificate;
  std::string key;
  std::string ca;
  // How often it is looked whether they have changed.
  unsigned int refresh_seconds = 5;
};

// Immutable but for the files, which are read anew while it lives: new connections meet the new
// ones, open ones go on. Thread-safe.
class Hop {
 public:
  // The mark of `process`; null where no file is named. INVALID_ARGUMENT, reason CONFIG_INVALID,
  // saying why, where only some are named, one cannot be read, or peers would refuse what they
  // hold: of another key, another authority or another process, or run out.
  static absl::StatusOr<std::shared_ptr<const Hop>> Load(const std::string& process,
                                                         const HopFiles& files);
  ~Hop();
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;

  // For a server that takes calls of the processes `peers` and nobody else.
  std::shared_ptr<grpc::ServerCredentials> ForServer(const std::vector<std::string>& peers) const;
  // For a channel to the process `peer` and nobody else.
  std::shared_ptr<grpc::ChannelCredentials> ForChannel(const std::string& peer) const;

  // When the first of the certificates runs out by which peers believe this process, its own and
  // those of the authority, as they lie there now. INVALID_ARGUMENT, reason CONFIG_INVALID, where
  // they cannot be read.
  absl::StatusOr<absl::Time> Expiry() const;
  // When the certificate runs out that the process `peer` showed last, wherever it met this one;
  // nothing where it did not yet.
  std::optional<absl::Time> ExpiryOfPeer(const std::string& peer) const;

  // The same for gRPC's C API. The caller releases them.
  grpc_server_credentials* RawForServer(const std::vector<std::string>& peers) const;
  grpc_channel_credentials* RawForChannel(const std::string& peer) const;

 private:
  using Provider = grpc::experimental::FileWatcherCertificateProvider;
  class Seen;
  Hop(HopFiles files, std::shared_ptr<Provider> provider);
  void Fill(const std::vector<std::string>& peers,
            grpc::experimental::TlsCredentialsOptions& options) const;

  const HopFiles files_;
  const std::shared_ptr<Provider> provider_;
  // What verifiers saw; they may outlive this.
  const std::shared_ptr<Seen> seen_;
};

// OK where calls may be taken on `address`, the value of `setting`: anywhere with a hop, without
// one on this machine alone. INVALID_ARGUMENT, reason CONFIG_INVALID.
absl::Status CheckListen(std::string_view setting, std::string_view address, const Hop* hop);

// OK where a process of the house may be called at `target`, as CheckListen; `dns:///` before host
// and port is allowed.
absl::Status CheckTarget(std::string_view setting, std::string_view target, const Hop* hop);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_HOP_H_
