#include "common/access/identity_keys.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "gtest/gtest.h"

namespace qinglian::access {
namespace {

using std::filesystem::perms;

const std::string kOld(64, '1');
const std::string kNew(64, '2');

class IdentityKeysTest : public testing::Test {
 protected:
  std::string Write(const std::string& text, perms mode = perms::owner_read | perms::owner_write) {
    std::ofstream(path_) << text;
    std::filesystem::permissions(path_, mode);
    return path_;
  }

  static v1::Identity Somebody() {
    v1::Identity identity;
    identity.set_actor("clients/somebody");
    return identity;
  }
  static std::string TokenOf(const std::string& key) {
    return IdentityKeys::Fixed({absl::HexStringToBytes(key)})
        ->Current()
        ->Make(Somebody(), absl::Now(), kIdentityLifetime);
  }

  const std::string path_ = testing::TempDir() + "identity_keys_test";
};

TEST_F(IdentityKeysTest, AFileThatIsNotAListOfKeysForItsOwnerAloneIsRefusedInOneLine) {
  for (const std::string& text : {std::string(), std::string("short\n"), std::string(64, 'g'),
                                  kOld + "1", kOld + "\n" + "rest"}) {
    const absl::Status status = IdentityKeys::Load(Write(text)).status();
    EXPECT_TRUE(status::Is(status, status::kConfigInvalid)) << text << ": " << status;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  }
  const auto open = IdentityKeys::Load(Write(kOld, perms::owner_read | perms::others_read));
  EXPECT_TRUE(status::Is(open.status(), status::kConfigInvalid)) << open.status();
  EXPECT_FALSE(IdentityKeys::Load(path_ + ".absent").ok());
  EXPECT_FALSE(IdentityKeys::Load("").ok());
}

TEST_F(IdentityKeysTest, TheFirstKeyMakesTokensAndAllOpenThem) {
  const auto keys = IdentityKeys::Load(Write(kNew + "\n" + kOld + "\n"));
  ASSERT_TRUE(keys.ok()) << keys.status();
  const auto tokens = (*keys)->Current();
  EXPECT_TRUE(tokens->Open(TokenOf(kOld), absl::Now()).ok());
  EXPECT_TRUE(tokens->Open(TokenOf(kNew), absl::Now()).ok());
  const std::string made = tokens->Make(Somebody(), absl::Now(), kIdentityLifetime);
  EXPECT_TRUE(
      IdentityKeys::Fixed({absl::HexStringToBytes(kNew)})->Current()->Open(made, absl::Now()).ok());
}

TEST_F(IdentityKeysTest, AFileThatChangesIsReadAnewAndABrokenOneChangesNothing) {
  const auto keys = IdentityKeys::Load(Write(kOld));
  ASSERT_TRUE(keys.ok()) << keys.status();
  const auto opens = [&](const std::string& key) {
    const absl::Time until = absl::Now() + absl::Seconds(20);
    while (absl::Now() < until) {
      if ((*keys)->Current()->Open(TokenOf(key), absl::Now()).ok()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  };
  Write(kNew);
  EXPECT_TRUE(opens(kNew));
  Write("broken");
  absl::SleepFor(absl::Milliseconds(1'200));
  EXPECT_TRUE((*keys)->Current()->Open(TokenOf(kNew), absl::Now()).ok());
}

}  // namespace
}  // namespace qinglian::access
