#include "services/ctl/certificate_commands.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/macros.h"
#include "services/ctl/certificate_authority.h"

namespace qinglian::ctl {
namespace {

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

void PrintLine(const char* what, const std::string& value) {
  std::cout << absl::StrCat(what, std::string(14 - std::string(what).size(), ' '), value, "\n");
}

void Print(const CertificateFacts& facts) {
  PrintLine("subject", facts.subject);
  PrintLine("issuer", facts.issuer);
  if (!facts.names.empty()) PrintLine("names", facts.names);
  PrintLine("serial", facts.serial);
  PrintLine("valid from", Utc(facts.not_before));
  PrintLine("valid until", Utc(facts.not_after));
  PrintLine("SHA-256", facts.fingerprint);
}

void Print(const IssuedCertificate& issued) {
  PrintLine("certificate", issued.certificate_file);
  PrintLine("key", issued.key_file);
  Print(issued.facts);
}

absl::Status MakeAuthority(const CertificateOptions& options) {
  if (options.ca.empty()) return Usage("certificate authority --ca=DIR");
  RETURN_IF_ERROR(CertificateAuthority::Create(options.ca).status());
  std::cout << "made an authority in " << options.ca << "\n";
  return absl::OkStatus();
}

absl::Status IssueServer(const Arguments& hosts, const CertificateOptions& options) {
  if (hosts.empty() || options.ca.empty() || options.out.empty())
    return Usage("certificate server HOST… --ca=DIR --out=DIR [--days=N]");
  ASSIGN_OR_RETURN(const CertificateAuthority authority, CertificateAuthority::Open(options.ca));
  ASSIGN_OR_RETURN(const IssuedCertificate issued,
                   authority.IssueServer(hosts, options.out, absl::Hours(24) * options.days));
  Print(issued);
  return absl::OkStatus();
}

absl::Status IssueClient(const Arguments& clients, const CertificateOptions& options) {
  if (clients.size() != 1 || options.ca.empty() || options.out.empty())
    return Usage("certificate issue CLIENT --ca=DIR --out=DIR [--days=N]");
  ASSIGN_OR_RETURN(const CertificateAuthority authority, CertificateAuthority::Open(options.ca));
  ASSIGN_OR_RETURN(
      const IssuedCertificate issued,
      authority.IssueClient(clients.front(), options.out, absl::Hours(24) * options.days));
  Print(issued);
  return absl::OkStatus();
}

absl::Status IssueProcess(const Arguments& processes, const CertificateOptions& options) {
  if (processes.size() != 1 || options.ca.empty() || options.out.empty())
    return Usage("certificate process NAME --ca=DIR --out=DIR [--days=N]");
  ASSIGN_OR_RETURN(const CertificateAuthority authority, CertificateAuthority::Open(options.ca));
  ASSIGN_OR_RETURN(
      const IssuedCertificate issued,
      authority.IssueProcess(processes.front(), options.out, absl::Hours(24) * options.days));
  Print(issued);
  return absl::OkStatus();
}

absl::Status Revoke(const Arguments& files, const CertificateOptions& options) {
  if (files.size() != 1 || options.ca.empty()) return Usage("certificate revoke FILE --ca=DIR");
  ASSIGN_OR_RETURN(const CertificateAuthority authority, CertificateAuthority::Open(options.ca));
  ASSIGN_OR_RETURN(const CertificateFacts facts, authority.Revoke(files.front()));
  std::cout << "revoked " << facts.subject << ", serial " << facts.serial
            << "; the edge refuses it once it has the new list (deploy/edge/reload)\n";
  return absl::OkStatus();
}

absl::Status Show(const Arguments& files) {
  if (files.size() != 1) return Usage("certificate show FILE");
  ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificateFacts(files.front()));
  Print(facts);
  return absl::OkStatus();
}

}  // namespace

absl::Status Certificate(const Context& context, const Arguments& arguments,
                         const CertificateOptions& options) {
  const std::string what = arguments.empty() ? "" : arguments.front();
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1,
                       arguments.end());
  if (what == "authority" && rest.empty()) return MakeAuthority(options);
  if (what == "server") return IssueServer(rest, options);
  if (what == "issue") return IssueClient(rest, options);
  if (what == "process") return IssueProcess(rest, options);
  if (what == "revoke") return Revoke(rest, options);
  if (what == "show") return Show(rest);
  return Usage(
      "certificate authority|server|issue|process|revoke|show; qlctl --help tells the rest");
}

}  // namespace qinglian::ctl
