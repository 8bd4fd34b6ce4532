// Certificates of the house for tests: an authority in a folder of its own, and what it issued.
#ifndef QINGLIAN_TESTS_FLOW_RPC_HOUSE_CERTIFICATES_H_
#define QINGLIAN_TESTS_FLOW_RPC_HOUSE_CERTIFICATES_H_

#include <filesystem>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/hop.h"
#include "gtest/gtest.h"
#include "services/ctl/certificate_authority.h"

namespace qinglian::rpc {

class HouseCertificates {
 public:
  HouseCertificates() {
    std::string folder = ::testing::TempDir() + "/house-XXXXXX";
    folder_ = mkdtemp(folder.data());
    EXPECT_TRUE(ctl::CertificateAuthority::Create(folder_ + "/ca").ok());
  }
  ~HouseCertificates() { std::filesystem::remove_all(folder_); }
  HouseCertificates(const HouseCertificates&) = delete;
  HouseCertificates& operator=(const HouseCertificates&) = delete;

  std::string ca() const { return folder_ + "/ca/ca.pem"; }
  const std::string& folder() const { return folder_; }

  // Issued now, below `sub`, once for each process there.
  HopFiles Issue(const std::string& process, const std::string& sub = "all",
                 absl::Duration valid = absl::Hours(24)) const {
    const auto authority = ctl::CertificateAuthority::Open(folder_ + "/ca");
    EXPECT_TRUE(authority.ok()) << authority.status();
    const auto issued = authority->IssueProcess(process, folder_ + "/" + sub, valid);
    EXPECT_TRUE(issued.ok()) << issued.status();
    return {.certificate = issued->certificate_file,
            .key = issued->key_file,
            .ca = ca(),
            .refresh_seconds = 1};
  }

  std::shared_ptr<const Hop> HopOf(const std::string& process,
                                   const std::string& sub = "all") const {
    const auto hop = Hop::Load(process, Issue(process, sub));
    EXPECT_TRUE(hop.ok()) << hop.status();
    return hop.value_or(nullptr);
  }

 private:
  std::string folder_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_TESTS_FLOW_RPC_HOUSE_CERTIFICATES_H_
