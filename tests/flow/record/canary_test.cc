// A thousand identity numbers go in through the door; nothing that anybody may later get hold of
// holds one of them: tables, logs of the database, dumps, logs, metrics, errors, core files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "tests/flow/record/registry.h"
#include "tests/support/identity_number.h"
#include "tests/support/mysql_server.h"

namespace qinglian::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kCanaries = 1'000;

// The forms in which what all canaries begin with could stand somewhere: as it is, in hexadecimal
// digits, in base64 at each of its three alignments.
std::vector<std::string> Forms() {
  const std::string prefix = kIdentityNumberPrefix;
  const std::string hex = absl::BytesToHexString(prefix);
  std::vector<std::string> forms = {prefix, hex, absl::AsciiStrToUpper(hex)};
  for (size_t skipped = 0; skipped < 3; ++skipped) {
    const std::string aligned = prefix.substr(skipped, (prefix.size() - skipped) / 3 * 3);
    forms.push_back(absl::Base64Escape(aligned));
  }
  return forms;
}

bool HoldsCanary(const std::string& text) {
  static const auto& forms = *new std::vector<std::string>(Forms());
  for (const std::string& form : forms) {
    if (absl::StrContains(text, form)) return true;
  }
  return false;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The files below a folder that hold a canary in whatever form.
std::vector<std::string> FilesWithCanaries(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && HoldsCanary(ReadFile(entry.path())))
      found.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  return found;
}

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[65536];
  for (size_t size; (size = fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    output.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

class Canary : public testing::Test {
 protected:
  Canary() {
    // Where a program may leave a core file, it would, and there.
    std::filesystem::current_path(server_.folder());
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &unlimited);
    EXPECT_TRUE(server_.Start());
    setenv("QINGLIAN_TEST_MYSQL_SOCKET", server_.socket().c_str(), 1);
    registry_ = std::make_unique<RecordedRegistry>("debug");
  }

  System& system() { return registry_->system(); }

  void Note(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    if (!status.ok()) errors_ += status.ToString() + "\n";
  }

  // Persons with all canaries, and every mistake that may be made with one.
  void WriteCanaries() {
    const std::string organization = registry_->MakeOrganization("财政厅");
    custodian_ = registry_->MakePerson(organization, "custodian");
    system().Grant(custodian_, "roles/custodian", organization);
    system().As(custodian_);
    std::vector<std::thread> threads;
    constexpr int kThreads = 4;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = thread; i < kCanaries; i += kThreads) WriteOne(organization, i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void WriteOne(const std::string& organization, int serial) {
    auto request = RecordedRegistry::WantedPerson(organization, absl::StrCat("C-", serial),
                                                  IdentityNumberOf(serial));
    const auto create = [&] {
      return registry_->Call<organization::v1::Person>("PersonService/CreatePerson", request);
    };
    const auto person = create();
    ASSERT_TRUE(person.ok()) << serial;
    if (serial % 10 != 0) return;
    Note(registry_->Reveal(person->name(), custodian_, "核对身份").status());
    // The same request with another number; the same number for another person; one that breaks
    // another rule; one that is stale.
    request.mutable_person()->set_identity_number(IdentityNumberOf((serial + 1) % kCanaries));
    Note(create().status());
    request = RecordedRegistry::WantedPerson(organization, absl::StrCat("D-", serial),
                                             IdentityNumberOf(serial));
    Note(create().status());
    request.mutable_person()->set_display_name("a\nb");
    Note(create().status());
    std::string wrong = IdentityNumberOf(serial);
    wrong[17] = wrong[17] == '0' ? '1' : '0';
    request.mutable_person()->set_identity_number(wrong);
    Note(create().status());
    organization::v1::UpdatePersonRequest update;
    *update.mutable_person() = *person;
    update.mutable_person()->set_identity_number(IdentityNumberOf(serial));
    update.mutable_update_mask()->add_paths("identity_number");
    update.set_etag("stale");
    update.set_request_id(NewRequestId());
    Note(registry_->Call<organization::v1::Person>("PersonService/UpdatePerson", update).status());
  }

  // A program that dies of a fault with a canary in its memory; false where the system writes no
  // core file into its folder.
  bool LeaveCore() const {
    std::string pattern;
    std::ifstream("/proc/sys/kernel/core_pattern") >> pattern;
    if (pattern.empty() || pattern[0] == '|' || pattern[0] == '/') return false;
    const int status =
        std::system(absl::StrCat("canary=", IdentityNumberOf(7), "; kill -ABRT $$").c_str());
    return WIFSIGNALED(status) && WCOREDUMP(status);
  }

  std::string Dump() const {
    return OutputOf(absl::StrCat("mariadb-dump --no-defaults --skip-extended-insert --socket=",
                                 server_.socket(), " --all-databases 2>&1"));
  }
  std::string DumpInHexadecimal() const {
    return OutputOf(absl::StrCat("mariadb-dump --no-defaults --hex-blob --socket=",
                                 server_.socket(), " --all-databases 2>&1"));
  }

  MysqlServer server_{"buffer_pool=128M durability=relaxed binlog=on"};
  std::unique_ptr<RecordedRegistry> registry_;
  std::string custodian_;
  std::mutex mutex_;
  std::string errors_;
};

TEST_F(Canary, IsSeenByNobody) {
  WriteCanaries();
  EXPECT_EQ(system().database("organization").Value("SELECT COUNT(*) FROM sealed_values"),
            absl::StrCat(kCanaries));
  EXPECT_THAT(errors_, HasSubstr("RESOURCE_EXISTS"));
  EXPECT_FALSE(HoldsCanary(errors_)) << "errors";
  for (const char* process : {"organization", "gateway"})
    EXPECT_FALSE(HoldsCanary(system().Metrics(process))) << process;
  EXPECT_FALSE(HoldsCanary(Dump())) << "dump";
  EXPECT_FALSE(HoldsCanary(DumpInHexadecimal())) << "dump";
  // As it dies of a fault.
  for (const char* process : {"organization", "gateway"}) system().Stop(process, SIGABRT);
  EXPECT_THAT(FilesWithCanaries(system().folder()), IsEmpty()) << "logs";
  ASSERT_TRUE(server_.Stop());
  EXPECT_THAT(FilesWithCanaries(server_.folder()), IsEmpty())
      << "tables, logs of the database, core files";

  // Whether it would have been found.
  ASSERT_TRUE(server_.Start());
  system()
      .database("organization")
      .Run(absl::StrCat(
          "CREATE TABLE planted (value VARCHAR(60)) ENGINE=InnoDB; INSERT INTO planted "
          "VALUES ('",
          IdentityNumberOf(7), "')"));
  EXPECT_TRUE(HoldsCanary(Dump()));
  const bool core = LeaveCore();
  ASSERT_TRUE(server_.Stop());
  const std::vector<std::string> found = FilesWithCanaries(server_.folder());
  EXPECT_THAT(found, Contains(HasSubstr("planted.ibd")));
  EXPECT_THAT(found, Contains(HasSubstr("binlog")));
  if (core) {
    EXPECT_THAT(found, Contains(testing::StartsWith("core")));
  }
  ASSERT_TRUE(server_.Start());
}

}  // namespace
}  // namespace qinglian::test
