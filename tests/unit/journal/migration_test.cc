#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace qinglian::journal {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What came later stands in each service under the number that was next.
bool HasSearchKeys(const std::filesystem::path& migrations) {
  for (const auto& migration : std::filesystem::directory_iterator(migrations)) {
    if (migration.path().filename().string().substr(4) == "_journal_search.sql")
      return migration.is_symlink();
  }
  return false;
}

TEST(JournalMigration, EveryServiceBeginsWithTheJournalAsTheLibraryWritesIt) {
  const std::filesystem::path root = QINGLIAN_SOURCE_DIR;
  const std::string canonical = Read(root / "common/journal/migrations/0001_journal.sql");
  ASSERT_FALSE(canonical.empty());
  int services = 0;
  for (const auto& service : std::filesystem::directory_iterator(root / "services")) {
    const auto migration = service.path() / "migrations/0001_journal.sql";
    if (!std::filesystem::exists(migration)) continue;
    EXPECT_EQ(Read(migration), canonical) << migration;
    EXPECT_TRUE(HasSearchKeys(service.path() / "migrations")) << service;
    ++services;
  }
  EXPECT_GT(services, 0);
}

}  // namespace
}  // namespace qinglian::journal
