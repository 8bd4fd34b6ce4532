#include "common/rpc/hop.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/config/loopback.h"
#include "common/config/secret_file.h"
#include "common/rpc/unix_socket.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace qinglian::rpc {
namespace {

namespace tls = grpc::experimental;

constexpr char kProcessUri[] = "spiffe://qinglian/processes/";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;
using Store = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)>;

absl::Status Invalid(std::string detail) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(detail)}});
}

// The chain of a PEM file, the process's own certificate first.
class Chain {
 public:
  static absl::StatusOr<Chain> Read(const std::string& path) {
    const Bio file(BIO_new_file(path.c_str(), "r"), &BIO_free_all);
    if (file == nullptr) return Invalid(absl::StrCat(path, " cannot be read"));
    Chain chain;
    while (X509* next = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
      sk_X509_push(chain.certificates_.get(), next);
    }
    if (chain.first() == nullptr) return Invalid(absl::StrCat(path, " holds no certificate"));
    return chain;
  }

  X509* first() const { return sk_X509_value(certificates_.get(), 0); }
  STACK_OF(X509) * all() const { return certificates_.get(); }

 private:
  static void Release(STACK_OF(X509) * all) { sk_X509_pop_free(all, X509_free); }
  std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> certificates_{sk_X509_new_null(),
                                                                           &Release};
};

absl::Status CheckKey(const Chain& chain, const HopFiles& files) {
  ASSIGN_OR_RETURN(const std::string text, config::ReadSecretFile(files.key));
  const Bio memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all);
  const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (key == nullptr) return Invalid(absl::StrCat(files.key, " holds no key"));
  if (X509_check_private_key(chain.first(), key.get()) != 1) {
    return Invalid(absl::StrCat(files.key, " is not the key of ", files.certificate));
  }
  return absl::OkStatus();
}

absl::StatusOr<Store> ReadAuthorities(const HopFiles& files) {
  Store store(X509_STORE_new(), &X509_STORE_free);
  if (X509_STORE_load_file(store.get(), files.ca.c_str()) == 1) return store;
  return Invalid(absl::StrCat(files.ca, " cannot be read, or holds no certificate"));
}

// Whether peers, who know the same authorities, would believe it now, as a server's and a client's.
absl::Status CheckAuthority(const Chain& chain, const HopFiles& files) {
  ASSIGN_OR_RETURN(const Store store, ReadAuthorities(files));
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const StoreContext context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), store.get(), chain.first(), chain.all());
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    if (X509_verify_cert(context.get()) == 1) continue;
    return Invalid(
        absl::StrCat(files.certificate, " would be refused by whoever believes ", files.ca, ": ",
                     X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
  }
  return absl::OkStatus();
}

absl::Time EndOf(const X509& certificate) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &utc) != 1) return absl::InfinitePast();
  return absl::FromTimeT(timegm(&utc));
}

// The first end of all that leads from a certificate to an authority, run out or not.
absl::Time FirstEnd(const Chain& chain, X509_STORE& authorities) {
  const StoreContext context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), &authorities, chain.first(), chain.all());
  X509_verify_cert(context.get());
  absl::Time first = EndOf(*chain.first());
  const STACK_OF(X509)* way = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; way != nullptr && i < sk_X509_num(way); ++i) {
    first = std::min(first, EndOf(*sk_X509_value(way, i)));
  }
  return first;
}

std::vector<std::string> UrisOf(X509& certificate) {
  std::vector<std::string> uris;
  const Names names(static_cast<GENERAL_NAMES*>(
                        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
                    &GENERAL_NAMES_free);
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

absl::Status CheckFiles(const std::string& process, const HopFiles& files) {
  if (files.certificate.empty() || files.key.empty() || files.ca.empty()) {
    return Invalid("hop_certificate_file, hop_key_file and hop_ca_file belong together");
  }
  ASSIGN_OR_RETURN(const Chain chain, Chain::Read(files.certificate));
  RETURN_IF_ERROR(CheckKey(chain, files));
  RETURN_IF_ERROR(CheckAuthority(chain, files));
  const std::string wanted = absl::StrCat(kProcessUri, process);
  if (UrisOf(*chain.first()) == std::vector<std::string>{wanted}) return absl::OkStatus();
  return Invalid(
      absl::StrCat(files.certificate, " is of another process: wanted one URI, ", wanted));
}

}  // namespace

// When what peers showed runs out, by their URIs. Thread-safe.
class Hop::Seen {
 public:
  void Note(const std::string& uri, absl::Time end) {
    const std::lock_guard lock(mutex_);
    ends_[uri] = end;
  }
  std::optional<absl::Time> EndOf(const std::string& uri) const {
    const std::lock_guard lock(mutex_);
    const auto found = ends_.find(uri);
    return found == ends_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, absl::Time> ends_;
};

namespace {

// After gRPC found that an authority of the house vouches for it: whether it is who may be here.
class PeerVerifier final : public tls::ExternalCertificateVerifier {
 public:
  // `note` is told of whom it lets in, and when his certificate runs out.
  using Note = std::function<void(const std::string& uri, absl::Time end)>;
  PeerVerifier(const std::vector<std::string>& peers, Note note) : note_(std::move(note)) {
    for (const std::string& peer : peers) uris_.push_back(absl::StrCat(kProcessUri, peer));
  }

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const std::vector<grpc::string_ref> uris = request->uri_names();
    const auto known = std::find_if(uris_.begin(), uris_.end(), [&](auto& uri) {
      return uris.size() == 1 && uris.front() == grpc::string_ref(uri);
    });
    if (known == uris_.end()) {
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                  "the certificate is not of a process that may be here");
      return true;
    }
    const grpc::string_ref pem = request->peer_cert();
    const Bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
    const Certificate shown(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free);
    if (shown != nullptr) note_(*known, EndOf(*shown));
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const Note note_;
  std::vector<std::string> uris_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Hop>> Hop::Load(const std::string& process,
                                                     const HopFiles& files) {
  if (files.certificate.empty() && files.key.empty() && files.ca.empty()) return nullptr;
  RETURN_IF_ERROR(CheckFiles(process, files));
  return std::shared_ptr<const Hop>(new Hop(
      files,
      std::make_shared<Provider>(files.key, files.certificate, files.ca, files.refresh_seconds)));
}

Hop::Hop(HopFiles files, std::shared_ptr<Provider> provider)
    : files_(std::move(files)), provider_(std::move(provider)), seen_(std::make_shared<Seen>()) {}

Hop::~Hop() = default;

void Hop::Fill(const std::vector<std::string>& peers, tls::TlsCredentialsOptions& options) const {
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  const auto note = [seen = seen_](const std::string& uri, absl::Time end) {
    seen->Note(uri, end);
  };
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<PeerVerifier>(peers, note));
  // The name of the host is not what is certified.
  options.set_check_call_host(false);
}

absl::StatusOr<absl::Time> Hop::Expiry() const {
  ASSIGN_OR_RETURN(const Chain chain, Chain::Read(files_.certificate));
  ASSIGN_OR_RETURN(const Store authorities, ReadAuthorities(files_));
  return FirstEnd(chain, *authorities);
}

std::optional<absl::Time> Hop::ExpiryOfPeer(const std::string& peer) const {
  return seen_->EndOf(absl::StrCat(kProcessUri, peer));
}

std::shared_ptr<grpc::ServerCredentials> Hop::ForServer(
    const std::vector<std::string>& peers) const {
  tls::TlsServerCredentialsOptions options(provider_);
  Fill(peers, options);
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Hop::ForChannel(const std::string& peer) const {
  tls::TlsChannelCredentialsOptions options;
  Fill({peer}, options);
  return tls::TlsCredentials(options);
}

grpc_server_credentials* Hop::RawForServer(const std::vector<std::string>& peers) const {
  tls::TlsServerCredentialsOptions options(provider_);
  Fill(peers, options);
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // Takes over what the options hold.
  return grpc_tls_server_credentials_create(options.c_credentials_options());
}

grpc_channel_credentials* Hop::RawForChannel(const std::string& peer) const {
  tls::TlsChannelCredentialsOptions options;
  Fill({peer}, options);
  return grpc_tls_credentials_create(options.c_credentials_options());
}

absl::Status CheckListen(std::string_view setting, std::string_view address, const Hop* hop) {
  if (hop != nullptr) return absl::OkStatus();
  return config::CheckLoopback(setting, address, "hop_certificate_file");
}

absl::Status CheckTarget(std::string_view setting, std::string_view target, const Hop* hop) {
  absl::string_view address = status::View(target);
  absl::ConsumePrefix(&address, "dns:///");
  return CheckListen(setting, std::string_view(address.data(), address.size()), hop);
}

}  // namespace qinglian::rpc
