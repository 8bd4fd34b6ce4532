// A certificate authority in a folder, for the certificates that the edge asks of platforms and
// shows to callers. EC P-256 throughout.
//
//   ca.key       the key of the authority, for its owner alone
//   ca.pem       its certificate
//   revoked.pem  the list of what it has revoked
#ifndef QINGLIAN_SERVICES_CTL_CERTIFICATE_AUTHORITY_H_
#define QINGLIAN_SERVICES_CTL_CERTIFICATE_AUTHORITY_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace qinglian::ctl {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using CertificateKeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// What people ask of a certificate.
struct CertificateFacts {
  std::string subject;
  std::string issuer;
  // As OpenSSL writes them, such as `URI:spiffe://qinglian/clients/zj-portal`.
  std::string names;
  // In hexadecimal digits.
  std::string serial;
  absl::Time not_before;
  absl::Time not_after;
  // SHA-256 of its DER, in hexadecimal digits.
  std::string fingerprint;
};

// Where what was issued lies.
struct IssuedCertificate {
  std::string key_file;
  std::string certificate_file;
  CertificateFacts facts;
};

// Every error says its file. INVALID_ARGUMENT, reason CONFIG_INVALID, where what is asked makes no
// sense; INTERNAL, reason IO_FAILED, where a file cannot be read, is not what it should be, or
// cannot be written.
class CertificateAuthority {
 public:
  // A new one in `folder`, which is made where it is not there; valid for ten years. Nothing that
  // lies there is replaced.
  static absl::StatusOr<CertificateAuthority> Create(const std::string& folder);
  static absl::StatusOr<CertificateAuthority> Open(const std::string& folder);

  // A new key and a certificate that says who calls, `clients/{client}`, into `out`/{client}.key
  // and .pem; `out` is made where it is not there.
  absl::StatusOr<IssuedCertificate> IssueClient(const std::string& client, const std::string& out,
                                                absl::Duration valid) const;
  // The same for a server of these names and addresses, into `out`/server.pem: certificate and key
  // in one file, as the edge wants them.
  absl::StatusOr<IssuedCertificate> IssueServer(const std::vector<std::string>& hosts,
                                                const std::string& out, absl::Duration valid) const;

  // A new key and a certificate that names a process of the house (common/rpc/hop.h), good to be
  // called and to call with, into `out`/{process}.key and .pem.
  absl::StatusOr<IssuedCertificate> IssueProcess(const std::string& process, const std::string& out,
                                                 absl::Duration valid) const;

  // Adds the certificate to the list of what is revoked; OK where it is there already. Whoever
  // revokes at the same time waits.
  absl::StatusOr<CertificateFacts> Revoke(const std::string& certificate_file) const;

 private:
  CertificateAuthority(std::string folder, CertificatePtr certificate, CertificateKeyPtr key);

  absl::StatusOr<CertificatePtr> Sign(EVP_PKEY& key, const std::string& name,
                                      const std::string& alternatives, const char* usage,
                                      absl::Duration valid) const;
  absl::StatusOr<IssuedCertificate> Issue(const std::string& name, const std::string& alternatives,
                                          const char* usage, const std::string& out,
                                          absl::Duration valid) const;
  absl::Status WriteRevoked(X509_CRL& list) const;

  std::string folder_;
  CertificatePtr certificate_;
  CertificateKeyPtr key_;
};

// What the first certificate of a PEM file says. INTERNAL, reason IO_FAILED.
absl::StatusOr<CertificateFacts> ReadCertificateFacts(const std::string& file);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CERTIFICATE_AUTHORITY_H_
