#include "common/mysql/options.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DatabaseUrl, GivesEveryPart) {
  auto options = ParseUrl(
      "mysql://risk:p%40ss%3F@db.example:3307/risk?tls_ca=/etc/ca.pem&connect_timeout=2s"
      "&io_timeout=1m&lock_wait_timeout=3s&statement_cache=50");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->user, "risk");
  EXPECT_EQ(options->password, "p@ss?");
  EXPECT_EQ(options->host, "db.example");
  EXPECT_EQ(options->port, 3307);
  EXPECT_EQ(options->schema, "risk");
  EXPECT_EQ(options->tls_ca, "/etc/ca.pem");
  EXPECT_EQ(options->connect_timeout, absl::Seconds(2));
  EXPECT_EQ(options->io_timeout, absl::Minutes(1));
  EXPECT_EQ(options->lock_wait_timeout, absl::Seconds(3));
  EXPECT_EQ(options->statement_cache, 50u);
}

TEST(DatabaseUrl, LeavesDefaultsWhereNothingIsSaid) {
  auto options = ParseUrl("mysql://root@localhost/risk?socket=/run/mysql.sock");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->port, 3306);
  EXPECT_EQ(options->unix_socket, "/run/mysql.sock");
  EXPECT_EQ(options->password, "");
}

TEST(DatabaseUrl, TakesAnAddressInBrackets) {
  auto options = ParseUrl("mysql://u@[::1]:3308/s");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->host, "::1");
  EXPECT_EQ(options->port, 3308);
}

TEST(DatabaseUrl, ReadsThePasswordFileWithoutItsNewline) {
  std::string path = testing::TempDir() + "/password";
  std::ofstream(path) << "geheim \n";
  auto options = ParseUrl("mysql://u@h/s?password_file=" + path);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->password, "geheim ");
  EXPECT_TRUE(absl::IsNotFound(ParseUrl("mysql://u@h/s?password_file=/nowhere/at/all").status()));
}

TEST(DatabaseUrl, NeverShowsThePasswordInAnError) {
  for (const char* url :
       {"u:sesame@h/s", "mysql://u:sesame@h:sesame/s", "mysql://u:sesame%4@h/s",
        "mysql://:sesame@h/s", "mysql://u:sesame@[::1/s", "mysql://u:sesame@h/s?port=1",
        "mysql://u:sesame@h:0/s", "mysql://u:sesame@h/s?password_file=/etc/hostname",
        "mysql://u:sesame@h/s?io_timeout=soon", "mysql://u:sesame@h/s?statement_cache=0"}) {
    absl::Status status = ParseUrl(url).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << url << ": " << status;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("sesame"))) << url;
  }
}

}  // namespace
}  // namespace qinglian::mysql
