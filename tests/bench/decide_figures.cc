// Decisions of access in a loop.
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/decision.h"
#include "tests/bench/bench.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

using access::Facts;
using access::PermissionCatalogue;
using access::RoleGrant;

constexpr int kDepth = 6;
constexpr size_t kIdBytes = 16;

// Organizations of a tree, each by its path; people with up to four roles among them.
class World {
 public:
  World() {
    const access::Roles roles(access::StandardRoles(), PermissionCatalogue::Linked());
    for (int i = 0; i < 1'000; ++i) {
      std::string path;
      for (int depth = 0; depth <= i % kDepth; ++depth) {
        std::string id = absl::StrCat(depth, "-", i / (depth + 1));
        id.resize(kIdBytes, '.');
        path = id + path;
      }
      paths_.push_back(path);
    }
    for (const access::v1::Role& role : access::StandardRoles().roles())
      roles_.emplace_back(*roles.Find(role.name()));
    const size_t permissions = PermissionCatalogue::Linked().names().size();
    for (size_t i = 0; i < questions_.size(); ++i) {
      Question& question = questions_[i];
      question.permission = i * 7 % permissions;
      for (size_t grant = 0; grant < i % 4 + 1; ++grant) {
        const std::string& path = paths_[(i * 31 + grant * 17) % paths_.size()];
        question.grants.push_back({.role = &roles_[(i + grant) % roles_.size()],
                                   .root = std::string_view(path).substr(path.size() - kIdBytes)});
      }
      question.path = paths_[i * 13 % paths_.size()];
      if (i % 5 == 0) question.denied_to = {"persons/x", "persons/y"};
      if (i % 7 == 0) question.known_to = {"persons/z", "persons/me"};
    }
  }

  // Decides about everything once; answers how much was allowed.
  int64_t DecideAll() const {
    int64_t allowed = 0;
    for (const Question& question : questions_) {
      allowed += access::Decide({.permission = question.permission,
                                 .grants = question.grants,
                                 .actor = "persons/me",
                                 .organization_path = question.path,
                                 .denied_to = question.denied_to,
                                 .sensitivity = access::v1::SENSITIVITY_PERSONAL,
                                 .known_to = question.known_to})
                     .verdict == access::Verdict::kAllowed;
    }
    return allowed;
  }
  size_t size() const { return questions_.size(); }

 private:
  struct Question {
    size_t permission = 0;
    std::vector<RoleGrant> grants;
    std::string_view path;
    std::vector<std::string> denied_to, known_to;
  };
  std::vector<std::string> paths_;
  std::vector<access::Role> roles_;
  std::vector<Question> questions_{10'000};
};

void Run(const Settings& settings, Report& report) {
  const World world;
  if (world.DecideAll() == 0) Fail("nobody is allowed anything");
  for (int i = 0; i < settings.rounds; ++i) {
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(settings.window);
    const double before = CpuSeconds(getpid());
    int64_t decided = 0;
    while (std::chrono::steady_clock::now() < end) {
      world.DecideAll();
      decided += static_cast<int64_t>(world.size());
    }
    report.Add("decide_rate", static_cast<double>(decided) / (CpuSeconds(getpid()) - before), "/s");
  }
}

}  // namespace

Group DecideFigures() { return {{"decide_rate"}, Run}; }

}  // namespace qinglian::bench
