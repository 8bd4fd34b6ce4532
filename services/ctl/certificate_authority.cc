#include "services/ctl/certificate_authority.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/ctl/written_file.h"

namespace qinglian::ctl {
namespace {

constexpr char kKeyFile[] = "/ca.key";
constexpr char kCertificateFile[] = "/ca.pem";
constexpr char kRevokedFile[] = "/revoked.pem";
constexpr char kClientUri[] = "spiffe://qinglian/clients/";
constexpr char kProcessUri[] = "spiffe://qinglian/processes/";
constexpr const char* kProcesses[] = {"edge",        "gateway", "organization", "risk",
                                      "supervision", "review",  "qlctl"};
// As the names of clients are written (organization/v1/client.proto).
constexpr size_t kMaxClient = 40;
constexpr absl::Duration kAuthorityValid = absl::Hours(24 * 3652);
// For clocks that go slow.
constexpr absl::Duration kLeeway = absl::Minutes(5);

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using List = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;
using Extension = std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)>;
using Time = std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)>;
using Number = std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)>;

absl::Status Failed(std::string detail) {
  return status::Error(status::kIoFailed, {{"detail", std::move(detail)}});
}

absl::Status Wrong(std::string detail) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(detail)}});
}

Time ToAsn1(absl::Time time) {
  return Time(ASN1_TIME_set(nullptr, absl::ToTimeT(time)), &ASN1_TIME_free);
}

absl::Time FromAsn1(const ASN1_TIME* time) {
  std::tm fields = {};
  ASN1_TIME_to_tm(time, &fields);
  return absl::FromTM(fields, absl::UTCTimeZone());
}

Bio Memory() { return Bio(BIO_new(BIO_s_mem()), &BIO_free_all); }

std::string TextOf(BIO& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&memory, &data);
  return std::string(data, static_cast<size_t>(size));
}

CertificateKeyPtr NewKey() { return CertificateKeyPtr(EVP_EC_gen("P-256"), &EVP_PKEY_free); }

std::string PemOf(EVP_PKEY& key) {
  const Bio memory = Memory();
  PEM_write_bio_PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(*memory);
}

std::string PemOf(X509& certificate) {
  const Bio memory = Memory();
  PEM_write_bio_X509(memory.get(), &certificate);
  return TextOf(*memory);
}

std::string PemOf(X509_CRL& list) {
  const Bio memory = Memory();
  PEM_write_bio_X509_CRL(memory.get(), &list);
  return TextOf(*memory);
}

// Reads the first object of its kind from a PEM file with one of OpenSSL's readers.
template <typename T>
absl::StatusOr<std::unique_ptr<T, void (*)(T*)>> ReadPem(const std::string& path, const char* what,
                                                         T* (*read)(BIO*, T**, pem_password_cb*,
                                                                    void*),
                                                         void (*release)(T*)) {
  const Bio file(BIO_new_file(path.c_str(), "r"), &BIO_free_all);
  if (file == nullptr) return Failed(absl::StrCat("cannot read ", path));
  std::unique_ptr<T, void (*)(T*)> object(read(file.get(), nullptr, nullptr, nullptr), release);
  if (object == nullptr) return Failed(absl::StrCat(path, " holds no ", what));
  return object;
}

absl::StatusOr<CertificatePtr> ReadCertificate(const std::string& path) {
  return ReadPem<X509>(path, "certificate", &PEM_read_bio_X509, &X509_free);
}

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return absl::OkStatus();
  std::filesystem::create_directories(folder, error);
  if (error) return Failed(absl::StrCat("cannot create ", folder, ": ", error.message()));
  if (chmod(folder.c_str(), S_IRWXU) != 0)
    return Failed(absl::StrCat("cannot write ", folder, ": ", std::strerror(errno)));
  return absl::OkStatus();
}

void AddExtension(X509& certificate, X509& issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()),
                            &X509_EXTENSION_free);
  X509_add_ext(&certificate, extension.get(), -1);
}

// 127 random bits, never zero.
Number NewSerial() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  BIGNUM* number = BN_bin2bn(bytes, sizeof(bytes), nullptr);
  Number serial(BN_to_ASN1_INTEGER(number, nullptr), &ASN1_INTEGER_free);
  BN_free(number);
  return serial;
}

// Of version 3, with everything but issuer, extensions and signature.
CertificatePtr NewCertificate(EVP_PKEY& key, const std::string& name, absl::Duration valid) {
  CertificatePtr certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_set_serialNumber(certificate.get(), NewSerial().get());
  X509_set1_notBefore(certificate.get(), ToAsn1(absl::Now() - kLeeway).get());
  X509_set1_notAfter(certificate.get(), ToAsn1(absl::Now() + valid).get());
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  return certificate;
}

bool IsClient(const std::string& client) {
  if (client.empty() || client.size() > kMaxClient || !absl::ascii_islower(client.front()))
    return false;
  for (const char c : client) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
  }
  return true;
}

bool IsHostName(const std::string& host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '.') return false;
  }
  return true;
}

// As OpenSSL's configuration writes alternative names.
absl::StatusOr<std::string> AlternativesOf(const std::vector<std::string>& hosts) {
  std::string alternatives;
  for (const std::string& host : hosts) {
    unsigned char address[sizeof(in6_addr)];
    const bool is_address = inet_pton(AF_INET, host.c_str(), address) == 1 ||
                            inet_pton(AF_INET6, host.c_str(), address) == 1;
    if (!is_address && !IsHostName(host))
      return Wrong(absl::StrCat("\"", host, "\" is no name and no address of a host"));
    absl::StrAppend(&alternatives, alternatives.empty() ? "" : ",",
                    is_address ? "IP:" : "DNS:", host);
  }
  if (alternatives.empty()) return Wrong("a server's certificate wants a host");
  return alternatives;
}

std::string NameText(const X509_NAME* name) {
  const Bio memory = Memory();
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  return TextOf(*memory);
}

std::string AlternativesText(const X509& certificate) {
  const int at = X509_get_ext_by_NID(&certificate, NID_subject_alt_name, -1);
  if (at < 0) return "";
  const Bio memory = Memory();
  X509V3_EXT_print(memory.get(), X509_get_ext(&certificate, at), 0, 0);
  return TextOf(*memory);
}

CertificateFacts FactsOf(const X509& certificate) {
  CertificateFacts facts;
  facts.subject = NameText(X509_get_subject_name(&certificate));
  facts.issuer = NameText(X509_get_issuer_name(&certificate));
  facts.names = AlternativesText(certificate);
  BIGNUM* serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr);
  char* digits = BN_bn2hex(serial);
  facts.serial = absl::AsciiStrToLower(digits);
  OPENSSL_free(digits);
  BN_free(serial);
  facts.not_before = FromAsn1(X509_get0_notBefore(&certificate));
  facts.not_after = FromAsn1(X509_get0_notAfter(&certificate));
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  X509_digest(&certificate, EVP_sha256(), hash, &size);
  facts.fingerprint =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(hash), size));
  return facts;
}

void AddEntry(X509_CRL& list, X509& certificate) {
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(&certificate));
  X509_REVOKED_set_revocationDate(entry, ToAsn1(absl::Now()).get());
  X509_CRL_add0_revoked(&list, entry);
}

// Holds the lock of a folder's list until its end.
class ListLock {
 public:
  explicit ListLock(const std::string& folder)
      : descriptor_(open((folder + kKeyFile).c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ >= 0) flock(descriptor_, LOCK_EX);
  }
  ~ListLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  ListLock(const ListLock&) = delete;
  ListLock& operator=(const ListLock&) = delete;

 private:
  const int descriptor_;
};

}  // namespace

CertificateAuthority::CertificateAuthority(std::string folder, CertificatePtr certificate,
                                           CertificateKeyPtr key)
    : folder_(std::move(folder)), certificate_(std::move(certificate)), key_(std::move(key)) {}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(const std::string& folder) {
  CertificateKeyPtr key = NewKey();
  CertificatePtr certificate = NewCertificate(*key, "Qinglian authority", kAuthorityValid);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  AddExtension(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(*certificate, *certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(*certificate, *certificate, NID_subject_key_identifier, "hash");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  RETURN_IF_ERROR(MakeFolder(folder));
  RETURN_IF_ERROR(WriteNew(folder + kKeyFile, PemOf(*key), 0600));
  RETURN_IF_ERROR(WriteNew(folder + kCertificateFile, PemOf(*certificate), 0644));
  CertificateAuthority authority(folder, std::move(certificate), std::move(key));
  const List none(X509_CRL_new(), &X509_CRL_free);
  RETURN_IF_ERROR(authority.WriteRevoked(*none));
  return authority;
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Open(const std::string& folder) {
  ASSIGN_OR_RETURN(CertificatePtr certificate, ReadCertificate(folder + kCertificateFile));
  ASSIGN_OR_RETURN(CertificateKeyPtr key,
                   ReadPem<EVP_PKEY>(folder + kKeyFile, "private key", &PEM_read_bio_PrivateKey,
                                     &EVP_PKEY_free));
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return Failed(absl::StrCat(folder, kKeyFile, " is not the key of ", folder, kCertificateFile));
  return CertificateAuthority(folder, std::move(certificate), std::move(key));
}

absl::StatusOr<CertificatePtr> CertificateAuthority::Sign(EVP_PKEY& key, const std::string& name,
                                                          const std::string& alternatives,
                                                          const char* usage,
                                                          absl::Duration valid) const {
  if (valid <= absl::ZeroDuration()) return Wrong("days: must be at least 1");
  if (absl::Now() + valid > FromAsn1(X509_get0_notAfter(certificate_.get())))
    return Wrong(
        absl::StrCat("days: the authority itself ends before that, on ",
                     absl::FormatTime("%Y-%m-%d", FromAsn1(X509_get0_notAfter(certificate_.get())),
                                      absl::UTCTimeZone())));
  CertificatePtr certificate = NewCertificate(key, name, valid);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(*certificate, *certificate_, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(*certificate, *certificate_, NID_key_usage, "critical,digitalSignature");
  AddExtension(*certificate, *certificate_, NID_ext_key_usage, usage);
  AddExtension(*certificate, *certificate_, NID_subject_alt_name, alternatives);
  AddExtension(*certificate, *certificate_, NID_subject_key_identifier, "hash");
  AddExtension(*certificate, *certificate_, NID_authority_key_identifier, "keyid");
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  return certificate;
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::IssueClient(const std::string& client,
                                                                    const std::string& out,
                                                                    absl::Duration valid) const {
  if (!IsClient(client))
    return Wrong(absl::StrCat("\"", client,
                              "\" cannot name a client: wanted a lower-case letter, then at most ",
                              kMaxClient - 1, " lower-case letters, digits and hyphens"));
  return Issue(client, absl::StrCat("URI:", kClientUri, client), "clientAuth", out, valid);
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::IssueProcess(const std::string& process,
                                                                     const std::string& out,
                                                                     absl::Duration valid) const {
  if (std::find(std::begin(kProcesses), std::end(kProcesses), process) == std::end(kProcesses))
    return Wrong(
        absl::StrCat("\"", process, "\" is no process: wanted ", absl::StrJoin(kProcesses, ", ")));
  // The name in DNS is for the edge, which knows no other kind.
  return Issue(process, absl::StrCat("URI:", kProcessUri, process, ",DNS:", process),
               "serverAuth,clientAuth", out, valid);
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::Issue(const std::string& name,
                                                              const std::string& alternatives,
                                                              const char* usage,
                                                              const std::string& out,
                                                              absl::Duration valid) const {
  const CertificateKeyPtr key = NewKey();
  ASSIGN_OR_RETURN(const CertificatePtr certificate, Sign(*key, name, alternatives, usage, valid));
  IssuedCertificate issued{absl::StrCat(out, "/", name, ".key"),
                           absl::StrCat(out, "/", name, ".pem"), FactsOf(*certificate)};
  RETURN_IF_ERROR(MakeFolder(out));
  RETURN_IF_ERROR(WriteNew(issued.key_file, PemOf(*key), 0600));
  RETURN_IF_ERROR(WriteNew(issued.certificate_file, PemOf(*certificate), 0644));
  return issued;
}

absl::StatusOr<IssuedCertificate> CertificateAuthority::IssueServer(
    const std::vector<std::string>& hosts, const std::string& out, absl::Duration valid) const {
  ASSIGN_OR_RETURN(const std::string alternatives, AlternativesOf(hosts));
  const CertificateKeyPtr key = NewKey();
  ASSIGN_OR_RETURN(const CertificatePtr certificate,
                   Sign(*key, hosts.front(), alternatives, "serverAuth", valid));
  const std::string file = out + "/server.pem";
  RETURN_IF_ERROR(MakeFolder(out));
  RETURN_IF_ERROR(WriteNew(file, PemOf(*certificate) + PemOf(*key), 0600));
  return IssuedCertificate{file, file, FactsOf(*certificate)};
}

absl::StatusOr<CertificateFacts> CertificateAuthority::Revoke(
    const std::string& certificate_file) const {
  ASSIGN_OR_RETURN(const CertificatePtr certificate, ReadCertificate(certificate_file));
  if (X509_verify(certificate.get(), X509_get0_pubkey(certificate_.get())) != 1)
    return Wrong(absl::StrCat(certificate_file, " was not issued by the authority in ", folder_));
  const ListLock lock(folder_);
  ASSIGN_OR_RETURN(const List list, ReadPem<X509_CRL>(folder_ + kRevokedFile, "revocation list",
                                                      &PEM_read_bio_X509_CRL, &X509_CRL_free));
  X509_REVOKED* known = nullptr;
  if (X509_CRL_get0_by_cert(list.get(), &known, certificate.get()) == 0) {
    AddEntry(*list, *certificate);
    RETURN_IF_ERROR(WriteRevoked(*list));
  }
  return FactsOf(*certificate);
}

// The list holds as long as the authority: one that has run out would shut everybody out.
absl::Status CertificateAuthority::WriteRevoked(X509_CRL& list) const {
  X509_CRL_set_version(&list, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(&list, X509_get_subject_name(certificate_.get()));
  X509_CRL_set1_lastUpdate(&list, ToAsn1(absl::Now() - kLeeway).get());
  X509_CRL_set1_nextUpdate(&list, X509_get0_notAfter(certificate_.get()));
  X509_CRL_sort(&list);
  X509_CRL_sign(&list, key_.get(), EVP_sha256());
  return Replace(folder_ + kRevokedFile, PemOf(list), 0644);
}

absl::StatusOr<CertificateFacts> ReadCertificateFacts(const std::string& file) {
  ASSIGN_OR_RETURN(const CertificatePtr certificate, ReadCertificate(file));
  return FactsOf(*certificate);
}

}  // namespace qinglian::ctl
