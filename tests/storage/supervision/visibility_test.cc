// What lists, feeds and single reads show is one thing: SQL that chooses the rows (Conditions,
// SeenOf), and the decision about one row that was read (Decide), both against an evaluator that
// shares no code with either, on random trees, moves, roles, recusals and needs to know in a real
// schema.
#include "common/visibility/visibility.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/access/principal.h"
#include "common/clock/clock.h"
#include "common/id/names.h"
#include "common/journal/write.h"
#include "common/paging/page_token.h"
#include "common/resource/store.h"
#include "migrations/supervision_migrations.h"
#include "qinglian/supervision/v1/evidence_file.pb.h"
#include "services/supervision/case_evidence_store.h"
#include "services/supervision/supervision_case_store.h"
#include "tests/support/database.h"
#include "tests/unit/access/oracle.h"

namespace qinglian::supervision {
namespace {

namespace oracle = access::test;
using access::Verdict;
using v1::EvidenceFile;
using v1::RectificationItem;
using v1::SupervisionCase;

constexpr int kOrganizations = 40;
constexpr int kPeople = 8;
constexpr int kDigests = 30;
constexpr int kRounds = 8;
constexpr int kCallers = 10;
constexpr int kOfEach = 45;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool OneIn(int odds) { return Below(odds) == 0; }
  // Ends in bytes that have no successor now and then.
  std::string Id() {
    std::string id(16, '\0');
    for (char& byte : id) byte = static_cast<char>(Below(256));
    for (int i = 15; i > 12 && OneIn(3); --i) id[static_cast<size_t>(i)] = '\xff';
    return id;
  }

 private:
  std::mt19937 engine_;
};

std::string PersonName(int i) {
  return absl::StrCat("persons/00000000-0000-4000-8000-00000000000", i);
}

// The permissions of a role, by its patterns, as the catalogue of roles says them.
std::set<std::string> PermissionsOf(const access::v1::Role& role,
                                    const std::vector<std::string>& asked) {
  std::set<std::string> permissions;
  for (const std::string& pattern : role.permissions()) {
    const std::vector<std::string> wanted = absl::StrSplit(pattern, '.');
    for (const std::string& permission : asked) {
      const std::vector<std::string> parts = absl::StrSplit(permission, '.');
      bool same = true;
      for (size_t i = 0; i < 3; ++i) same = same && (wanted[i] == "*" || wanted[i] == parts[i]);
      if (same) permissions.insert(permission);
    }
  }
  return permissions;
}

// What the evaluator needs to know of one resource.
struct Fact {
  int organization = oracle::kNone;
  std::set<std::string> denied_to;
  std::set<std::string> known_to;
  int sensitivity = 0;
  // The case of an item.
  std::string part_of = {};
};

// What the evaluator knows of a case beside its facts.
struct CaseFact {
  Fact fact;
  std::set<std::string> digests;
};

// One of the three types under test, with what is known of each of its resources.
struct Kind {
  std::string permission;
  std::map<std::string, Fact> resources;
};

// A caller, in the terms of both.
struct Caller {
  access::v1::Identity identity;
  std::vector<std::pair<std::string, int>> grants;
};

class VisibilityTest : public testing::Test {
 protected:
  VisibilityTest() {
    for (const access::v1::Role& role : access::StandardRoles().roles()) {
      world_.roles[role.name()] = {PermissionsOf(role, {kCases, kItems, kFiles}),
                                   static_cast<int>(role.view())};
      if (!world_.roles[role.name()].permissions.empty() && !role.internal())
        roles_.push_back(role.name());
    }
    for (int i = 0; i < kOrganizations; ++i) {
      ids_.push_back(dice_.Id());
      if (i > 0 && !dice_.OneIn(10)) world_.superiors[i] = dice_.Below(i);
      if (i > 3 && dice_.OneIn(12)) unknown_.insert(i);
    }
    TellTree();
    for (int i = 0; i < kOfEach; ++i) AddFile();
    for (int i = 0; i < kOfEach; ++i) AddCase();
    for (int i = 0; i < kOfEach; ++i) AddItem();
  }

  // ---- the tree ----

  std::string NameOf(int organization) const {
    return id::FormatName("organizations",
                          *id::Uuid::FromBytes(ids_[static_cast<size_t>(organization)]));
  }
  // Empty where the organization, or one above it, is not known to the service.
  std::string PathOf(int organization) const {
    if (unknown_.count(organization) > 0) return "";
    const std::string& id = ids_[static_cast<size_t>(organization)];
    const auto superior = world_.superiors.find(organization);
    if (superior == world_.superiors.end()) return id;
    const std::string above = PathOf(superior->second);
    return above.empty() ? "" : above + id;
  }
  // Writes the tree as the follower of the registry would.
  void TellTree() {
    Run("DELETE FROM known_organizations", {});
    for (int i = 0; i < kOrganizations; ++i) {
      if (unknown_.count(i) > 0) continue;
      Run("INSERT INTO known_organizations VALUES (?, 1, NULL, ?, '', 'STATE_ACTIVE', '', '', '')",
          {ids_[static_cast<size_t>(i)], PathOf(i)});
    }
  }
  void Move() {
    const int moved = dice_.Below(kOrganizations);
    const int to = dice_.Below(kOrganizations);
    // Superiors have smaller numbers: no cycle.
    if (to < moved) world_.superiors[moved] = to;
  }

  // ---- the resources, by the stores that services write with ----

  void AddFile() {
    const int organization = SomeOrganization();
    EvidenceFile file;
    file.set_organization(NameOf(organization));
    file.set_digest(Digest());
    Write([&](journal::Transaction& tx) { return Kept(files_.Insert(tx, file), file); });
    file_organizations_[file.name()] = organization;
    file_digests_[file.name()] = file.digest();
  }
  void AddCase() {
    const int organization = SomeOrganization();
    SupervisionCase the_case;
    the_case.set_organization(NameOf(organization));
    if (!dice_.OneIn(3)) the_case.set_subject_person(SomeOne());
    if (dice_.OneIn(2)) the_case.add_handlers(SomeOne());
    if (dice_.OneIn(2)) the_case.add_evidence_digests(Digest());
    Change(the_case);
    Write([&](journal::Transaction& tx) { return Kept(cases_.Insert(tx, the_case), the_case); });
    case_organizations_[the_case.name()] = organization;
    written_cases_.push_back(the_case);
  }
  void AddItem() {
    const int organization = SomeOrganization();
    RectificationItem item;
    item.set_organization(NameOf(organization));
    const auto of = static_cast<size_t>(dice_.Below(kOfEach));
    item.set_supervision_case(written_cases_[of].name());
    if (dice_.OneIn(3)) {
      item.add_closeouts()->add_evidence()->add_evidence_digests(Digest());
    }
    Write([&](journal::Transaction& tx) -> absl::Status {
      const absl::Status kept = Kept(items_.Insert(tx, item), item);
      if (!kept.ok()) return kept;
      return NoteEvidence(tx.connection(), RectificationItem(), item);
    });
    item_organizations_[item.name()] = organization;
    written_items_.push_back(item);
  }
  // Recuses somebody, says who needs to know, or no longer does.
  void Change(SupervisionCase& the_case) {
    if (dice_.OneIn(4)) the_case.add_recusals()->set_person(SomeOne());
    if (dice_.OneIn(4)) the_case.clear_need_to_know();
    if (dice_.OneIn(4)) the_case.add_need_to_know(SomeOne());
    if (dice_.OneIn(6)) the_case.add_evidence_digests(Digest());
  }
  void ChangeOneCase() {
    SupervisionCase& the_case = written_cases_[static_cast<size_t>(dice_.Below(kOfEach))];
    SupervisionCase after = the_case;
    Change(after);
    Write(
        [&](journal::Transaction& tx) { return Kept(cases_.Update(tx, the_case, after), after); });
    the_case = after;
  }
  // Of few more often, so that resources meet.
  int SomeOrganization() { return dice_.Below(dice_.OneIn(3) ? kOrganizations : 4); }
  std::string SomeOne() { return PersonName(dice_.Below(kPeople)); }
  std::string Digest() {
    return absl::StrCat(std::string(60, 'd'), absl::Dec(dice_.Below(kDigests), absl::kZeroPad4));
  }

  // ---- the same in the terms of the evaluator ----

  CaseFact FactOf(const SupervisionCase& the_case) {
    CaseFact fact;
    fact.fact.organization = Placed(case_organizations_.at(the_case.name()));
    fact.fact.sensitivity = access::v1::SENSITIVITY_CONFIDENTIAL;
    if (the_case.subject_person() != "") fact.fact.denied_to.insert(the_case.subject_person());
    for (const auto& recusal : the_case.recusals()) fact.fact.denied_to.insert(recusal.person());
    fact.fact.known_to.insert(the_case.need_to_know().begin(), the_case.need_to_know().end());
    if (!fact.fact.known_to.empty())
      fact.fact.known_to.insert(the_case.handlers().begin(), the_case.handlers().end());
    fact.digests.insert(the_case.evidence_digests().begin(), the_case.evidence_digests().end());
    return fact;
  }
  int Placed(int organization) const {
    return PathOf(organization).empty() ? oracle::kUnknown : organization;
  }
  // All three types as they are now.
  std::array<Kind, 3> Facts() {
    std::array<Kind, 3> kinds = {Kind{kCases, {}}, Kind{kItems, {}}, Kind{kFiles, {}}};
    std::map<std::string, CaseFact> cases;
    for (const SupervisionCase& the_case : written_cases_) {
      cases[the_case.name()] = FactOf(the_case);
      kinds[0].resources[the_case.name()] = cases[the_case.name()].fact;
    }
    for (const auto& [name, organization] : file_organizations_) {
      kinds[2].resources[name] = {.organization = Placed(organization),
                                  .denied_to = {},
                                  .known_to = {},
                                  .sensitivity = access::v1::SENSITIVITY_PERSONAL};
    }
    for (const RectificationItem& item : written_items_) {
      const Fact& of = cases[item.supervision_case()].fact;
      kinds[1].resources[item.name()] = {
          .organization = Placed(item_organizations_.at(item.name())),
          .denied_to = of.denied_to,
          .known_to = of.known_to,
          .part_of = item.supervision_case()};
      for (const auto& closeout : item.closeouts())
        for (const std::string& digest : closeout.evidence(0).evidence_digests())
          Share(of, digest, kinds[2]);
    }
    for (const auto& [name, one] : cases) {
      for (const std::string& digest : one.digests) {
        Share(one.fact, digest, kinds[2]);
        for (auto& [file, fact] : kinds[2].resources) {
          if (file_digests_[file] == digest &&
              file_organizations_[file] == case_organizations_[name])
            fact.sensitivity = access::v1::SENSITIVITY_CONFIDENTIAL;
        }
      }
    }
    return kinds;
  }
  // What a case refers to has its audience too.
  void Share(const Fact& of, const std::string& digest, Kind& files) {
    for (auto& [file, fact] : files.resources) {
      if (file_digests_[file] != digest) continue;
      fact.denied_to.insert(of.denied_to.begin(), of.denied_to.end());
      fact.known_to.insert(of.known_to.begin(), of.known_to.end());
    }
  }

  Caller SomeCaller() {
    Caller caller;
    caller.identity.set_actor(SomeOne());
    if (dice_.OneIn(4)) caller.identity.set_acting_for(SomeOne());
    for (int i = 1 + dice_.Below(4); i > 0; --i) {
      const std::string role =
          roles_[static_cast<size_t>(dice_.Below(static_cast<int>(roles_.size())))];
      const int organization = dice_.OneIn(5) ? oracle::kWhole : SomeOrganization();
      caller.grants.emplace_back(role, organization);
      access::v1::Grant& grant = *caller.identity.add_grants();
      grant.set_role(role);
      if (organization != oracle::kWhole) grant.set_organization(NameOf(organization));
    }
    return caller;
  }
  oracle::Question Question(const Caller& caller, const std::string& permission, const Fact& fact) {
    return {.permission = permission,
            .grants = caller.grants,
            .actor = caller.identity.actor(),
            .acting_for = caller.identity.acting_for(),
            .organization = fact.organization,
            .denied_to = fact.denied_to,
            .known_to = fact.known_to,
            .sensitivity = fact.sensitivity};
  }

  // ---- the comparison ----

  // How often each answer was given, and how often one thing alone decided.
  struct Counts {
    int allowed = 0;
    int hidden = 0;
    int by_audience = 0;
    int by_subtree = 0;
    int by_sensitivity = 0;
  };
  void Count(const oracle::Question& question, Counts& counts) {
    const auto allowed = [this](const oracle::Question& asked) {
      return oracle::Judge(world_, asked).verdict == oracle::Answer::kAllowed;
    };
    if (allowed(question)) {
      ++counts.allowed;
      return;
    }
    ++counts.hidden;
    oracle::Question other = question;
    other.denied_to.clear();
    other.known_to.clear();
    counts.by_audience += allowed(other);
    other = question;
    other.organization = oracle::kNone;
    counts.by_subtree += allowed(other);
    other = question;
    other.sensitivity = 0;
    counts.by_sensitivity += allowed(other);
  }

  template <class T>
  void Compare(const Caller& caller, const Kind& kind, const resource::Store<T>& store,
               Counts& counts) {
    const access::Principal principal(caller.identity);
    const access::Scope scope(principal,
                              access::PermissionCatalogue::Linked().Find(kind.permission), false);
    std::set<std::string> names;
    std::set<std::string> expected;
    for (const auto& [name, fact] : kind.resources) {
      const oracle::Question question = Question(caller, kind.permission, fact);
      const oracle::Answer answer = oracle::Judge(world_, question);
      Count(question, counts);
      names.insert(name);
      if (answer.verdict == oracle::Answer::kAllowed) expected.insert(name);
      ExpectDecided(store, scope, name, fact, answer);
    }
    const auto seen = visibility::SeenOf(*connection_, store.plan(), scope, names);
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_EQ(*seen, expected) << kind.permission << " " << caller.identity.DebugString();
    EXPECT_EQ(Walk(store, scope), expected) << kind.permission;
  }

  template <class T>
  void ExpectDecided(const resource::Store<T>& store, const access::Scope& scope,
                     const std::string& name, const Fact& fact, const oracle::Answer& answer) {
    T named;
    named.set_name(name);
    if constexpr (std::is_same_v<T, RectificationItem>) named.set_supervision_case(fact.part_of);
    const auto decision = visibility::Decide(
        *connection_, store.plan(), scope, visibility::Use::kRead, named,
        fact.organization == oracle::kUnknown ? std::string() : PathOf(fact.organization));
    ASSERT_TRUE(decision.ok()) << decision.status();
    ASSERT_EQ(decision->verdict == Verdict::kForbidden,
              answer.verdict == oracle::Answer::kForbidden);
    ASSERT_EQ(decision->verdict == Verdict::kAllowed, answer.verdict == oracle::Answer::kAllowed)
        << name;
    ASSERT_TRUE(decision->verdict != Verdict::kAllowed || decision->view == answer.view) << name;
    ASSERT_EQ(store.Show(*connection_, scope, name).ok(), decision->verdict == Verdict::kAllowed)
        << name;
  }

  // Page by page; every page but the last is full, so that what is hidden leaves no gap.
  template <class T>
  std::set<std::string> Walk(const resource::Store<T>& store, const access::Scope& scope) {
    std::set<std::string> names;
    std::string token;
    size_t found = 0;
    do {
      resource::Question question;
      question.page_size = 1 + dice_.Below(9);
      question.page_token = token;
      std::vector<std::unique_ptr<T>> page;
      const auto next =
          store.messages().List(*connection_, scope, tokens_, resource::Listing(), question,
                                [&] { return page.emplace_back(std::make_unique<T>()).get(); });
      EXPECT_TRUE(next.ok()) << next.status();
      if (!next.ok()) break;
      for (const auto& one : page) names.insert(one->name());
      found += page.size();
      EXPECT_TRUE(next->empty() || static_cast<int>(page.size()) == question.page_size);
      token = *next;
    } while (!token.empty());
    EXPECT_EQ(names.size(), found) << "nothing twice";
    return names;
  }

  // ---- the database ----

  void Run(std::string_view sql, std::initializer_list<mysql::Param> params) {
    const auto result = connection_->Execute(sql, params);
    ASSERT_TRUE(result.ok()) << result.status();
  }
  template <class T>
  static absl::Status Kept(absl::StatusOr<T> written, T& into) {
    if (!written.ok()) return written.status();
    into = *std::move(written);
    return absl::OkStatus();
  }
  void Write(absl::FunctionRef<absl::Status(journal::Transaction&)> fn) {
    const absl::Status done = journal::WriteEffect(
        journal_, session_, {.effect = "supervision/test", .key = absl::StrCat(++writes_)}, fn);
    ASSERT_TRUE(done.ok()) << done;
  }

  static constexpr char kCases[] = "supervision.cases.read";
  static constexpr char kItems[] = "supervision.rectificationItems.read";
  static constexpr char kFiles[] = "supervision.evidenceFiles.read";

  Dice dice_{20251130};
  const test::TestDatabase database_{Migrations()};
  const std::unique_ptr<mysql::Connection> connection_ = database_.Open();
  mysql::Session session_{database_.options()};
  journal::Journal journal_{
      {"supervision", clock::SystemClock::Instance(), clock::SystemClock::Instance()}};
  const paging::TokenCodec tokens_{{"a key for the page tokens of tests"}};
  int writes_ = 0;

  oracle::World world_;
  std::vector<std::string> roles_;
  std::vector<std::string> ids_;
  std::set<int> unknown_;
  const SupervisionCaseStore cases_;
  const resource::Store<RectificationItem> items_;
  const resource::Store<EvidenceFile> files_;
  std::vector<SupervisionCase> written_cases_;
  std::vector<RectificationItem> written_items_;
  std::map<std::string, int> case_organizations_, item_organizations_, file_organizations_;
  std::map<std::string, std::string> file_digests_;
};

TEST_F(VisibilityTest, SqlAndDecideAgreeWithAnIndependentEvaluator) {
  std::array<Counts, 3> counts;
  for (int round = 0; round < kRounds; ++round) {
    const std::array<Kind, 3> kinds = Facts();
    for (int i = 0; i < kCallers; ++i) {
      const Caller caller = SomeCaller();
      Compare(caller, kinds[0], cases_, counts[0]);
      Compare(caller, kinds[1], items_, counts[1]);
      Compare(caller, kinds[2], files_, counts[2]);
      if (HasFailure()) FAIL() << "round " << round << ", " << caller.identity.DebugString();
    }
    for (int i = 0; i < 6; ++i) Move();
    TellTree();
    for (int i = 0; i < 10; ++i) ChangeOneCase();
  }
  // Answers of which nearly all are alike, or that one thing decides, would prove little.
  for (const Counts& of : counts) {
    std::cout << "allowed " << of.allowed << ", hidden " << of.hidden << " (by audience alone "
              << of.by_audience << ", by subtree alone " << of.by_subtree
              << ", by sensitivity alone " << of.by_sensitivity << ")\n";
    EXPECT_EQ(of.allowed + of.hidden, kRounds * kCallers * kOfEach);
    EXPECT_GT(of.allowed, 500);
    EXPECT_GT(of.hidden, 1000);
    EXPECT_GT(of.by_audience, 300);
    EXPECT_GT(of.by_subtree, 300);
  }
  // Standard roles that read cases are all shown them.
  EXPECT_GT(counts[2].by_sensitivity, 20);
}

}  // namespace
}  // namespace qinglian::supervision
