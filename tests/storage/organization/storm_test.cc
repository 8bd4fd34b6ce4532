// The invariants of the tree under many writers, checked from the tables and from the journal.
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/status/status.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "services/organization/organization_search.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

constexpr int kWriters = 32;

class Storm : public ReformingTest {
 protected:
  // Names of organizations that were there at some time.
  class Names {
   public:
    void Add(const std::string& name) {
      const std::lock_guard lock(mutex_);
      names_.push_back(name);
    }
    std::string Any(std::mt19937& random) const {
      const std::lock_guard lock(mutex_);
      return names_[random() % names_.size()];
    }

    // When nobody adds any more.
    const std::string& At(size_t i) const { return names_[i]; }

   private:
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
  };

  // A name of two words out of few, so that parts of it are found in many.
  static std::string NameBy(std::mt19937& random) {
    const char* words[] = {"财政", "税务", "水利", "村民", "街道", "𬇕水"};
    return absl::StrCat(words[random() % 6], words[random() % 6], "局");
  }

  // One random change; whether it was made.
  bool Change(std::mt19937& random) {
    const v1::Organization one = Get(names_.Any(random));
    if (one.name().empty()) return false;  // the reading was shed
    const std::string other = names_.Any(random);
    const absl::CivilDay day = kFirst + static_cast<int>(random() % 20);
    switch (random() % 8) {
      case 0:
      case 1: {
        auto wanted = Wanted(NameBy(random), other);
        if (random() % 3 == 0)
          wanted.mutable_organization()->set_kind(v1::Organization::KIND_COURT);
        if (random() % 2 == 0) *wanted.mutable_effective_date() = clock::ToDate(day);
        const auto created = Create(wanted);
        if (created.ok()) names_.Add(created->name());
        return Expected(created.status());
      }
      case 2:
      case 3:
        return Expected(Move(one, other).status());
      case 4:
        return Expected(MoveSince(one, other, day).status());
      case 5:
        return Expected(Renamed(one.name(), NameBy(random)).status());
      case 6:
        return Expected(Merge(one, other).status());
      default:
        return Expected(Abolish(one).status());
    }
  }

  // Whether it is OK; what is refused is refused for a reason.
  static bool Expected(const absl::Status& status) {
    EXPECT_TRUE(status.ok() || absl::IsFailedPrecondition(status) || absl::IsAborted(status) ||
                absl::IsResourceExhausted(status))
        << status;
    return status.ok();
  }

  // What is found, page by page.
  std::vector<std::string> Found(v1::SearchOrganizationsRequest request,
                                 const rpc::CallOptions& caller) {
    std::vector<std::string> found;
    request.set_page_size(7);
    do {
      const auto page = served_.Call<v1::SearchOrganizationsResponse>(
          "/qinglian.organization.v1.OrganizationService/SearchOrganizations", request, caller);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return found;
      for (const auto& organization : page->organizations())
        found.push_back(HexOf(organization.name()));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return found;
  }
  // The same as it is found where there are so many that no set is small, or only a part of a set
  // is tried first.
  std::vector<std::string> FoundAmongMany(v1::SearchOrganizationsRequest request) {
    const OrganizationStore store;
    const paging::TokenCodec tokens({"a key for the page tokens of tests"});
    const SearchLimits limits[] = {{.few = 1, .many = 2, .long_scan = 1, .tried = 1},
                                   {.few = 1, .many = 1'000, .long_scan = 1, .tried = 20}};
    const OrganizationSearch search(store, limits[turn_++ % 2]);
    const auto connection = served_.database().Open();
    std::vector<std::string> found;
    request.set_page_size(4);
    do {
      const auto page = search.Find(*connection, access::Scope(), tokens, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return found;
      for (const auto& organization : page->organizations())
        found.push_back(HexOf(organization.name()));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return found;
  }
  // The same, from every name that any organization had on any day. `root`: within which subtree.
  std::vector<std::string> Scanned(const std::string& query, const std::string& kind,
                                   const std::string& root, bool ended) {
    std::string sql = absl::StrCat(
        "SELECT DISTINCT HEX(o.id) FROM organizations o JOIN organization_versions v ON "
        "v.organization = o.id AND v.recorded_to = '9999-12-31' WHERE v.display_name LIKE '%",
        query, "%'");
    if (!kind.empty()) absl::StrAppend(&sql, " AND o.kind = 'KIND_", kind, "'");
    if (!ended) absl::StrAppend(&sql, " AND o.state = 'STATE_ACTIVE'");
    if (!root.empty()) {
      absl::StrAppend(&sql, " AND LOCATE('", HexOf(root), "', HEX(o.path)) % 32 = 1");
    }
    std::vector<std::string> found;
    const auto connection = served_.database().Open();
    auto rows = connection->Query(absl::StrCat(sql, " ORDER BY o.id"));
    EXPECT_TRUE(rows.ok()) << rows.status();
    while (rows.ok() && rows->Next()) found.push_back(rows->Bytes(0));
    return found;
  }
  // Every question that there is about two characters, of all and within `root`, by whoever sees
  // all and by whoever sees what lies below it.
  void ExpectSearchToEqualAScan(const std::string& query, const std::string& root) {
    const rpc::CallOptions anybody = test::CallAs("clients/test");
    const rpc::CallOptions clerk =
        test::CallAs("persons/clerk", {test::GrantOf("roles/organ", root)});
    for (const std::string kind : {"", "COURT", "GOVERNMENT_DEPARTMENT"}) {
      for (const bool ended : {false, true}) {
        v1::SearchOrganizationsRequest request;
        request.set_query(query);
        request.set_show_ended(ended);
        if (!kind.empty()) request.set_filter("kind = " + kind);
        const std::vector<std::string> all = Scanned(query, kind, "", ended);
        EXPECT_EQ(Found(request, anybody), all) << query << kind;
        EXPECT_EQ(FoundAmongMany(request), all) << query << kind;
        const std::vector<std::string> within = Scanned(query, kind, root, ended);
        EXPECT_EQ(Found(request, clerk), within) << query << kind;
        request.set_subtree(root);
        EXPECT_EQ(Found(request, anybody), within) << query << kind;
        EXPECT_EQ(FoundAmongMany(request), within) << query << kind;
      }
    }
  }

  // Each organization as the journal has it at last.
  std::map<std::string, v1::Organization> ByJournal() {
    std::map<std::string, v1::Organization> last;
    const auto connection = served_.database().Open();
    auto rows = connection->Query(
        "SELECT after FROM journal WHERE kind = 'qinglian.organization.v1.Organization' "
        "ORDER BY resource, version");
    EXPECT_TRUE(rows.ok()) << rows.status();
    while (rows.ok() && rows->Next()) {
      v1::Organization organization;
      EXPECT_TRUE(organization.ParseFromString(rows->Bytes(0)));
      last[organization.name()] = organization;
    }
    return last;
  }

  Names names_;
  unsigned turn_ = 0;
};

TEST_F(Storm, TheTreeIsWholeOnEveryDayOfBothAxesAfterThirtyTwoWritersReformedIt) {
  for (int i = 0; i < 4; ++i) {
    const v1::Organization root = Made(absl::StrCat("根", i));
    names_.Add(root.name());
    for (int j = 0; j < 6; ++j) names_.Add(Made(absl::StrCat("单位", j), root.name()).name());
  }
  Pass(20);
  std::atomic<int> made = 0;
  std::vector<std::thread> writers;
  for (int t = 0; t < kWriters; ++t) {
    writers.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 12; ++i) made += Change(random);
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_GT(made, kWriters) << "hardly anything happened";
  ExpectWholeHistory();
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(Tick("fold-organization-counts").ok());
    }
    for (int day = 0; day <= 20; ++day) {
      for (int i = 0; i < 7; ++i) {
        const std::string& name = names_.At(i);
        EXPECT_EQ(Counted(name, kFirst + day), Recounted(name, kFirst + day)) << day;
      }
    }
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_count_changes"), "0");
  for (const char* query : {"财政", "政税", "税务局", "水村", "𬇕水", "根1", "单位", "局财"}) {
    for (int i = 0; i < 4; ++i) ExpectSearchToEqualAScan(query, names_.At(i * 7));
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_pieces p JOIN organizations o ON "
                  "o.id = p.organization WHERE p.organization_kind <> o.kind OR p.area <> "
                  "SUBSTRING(o.path, IF(LENGTH(o.path) > 16, 17, 1), 16)"),
            "0");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organizations c JOIN organizations p ON p.id = c.parent "
                  "WHERE c.path <> CONCAT(p.path, c.id)"),
            "0");
  const auto last = ByJournal();
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organizations"), std::to_string(last.size()));
  for (const auto& [name, organization] : last) {
    EXPECT_EQ(Get(name).SerializeAsString(), organization.SerializeAsString());
    size_t height = 0;
    for (std::string above = organization.parent(); !above.empty() && height <= kMaxDepth; ++height)
      above = last.at(above).parent();
    EXPECT_LT(height, kMaxDepth) << "a cycle, or too deep";
    if (organization.state() != v1::Organization::STATE_ACTIVE || organization.parent().empty())
      continue;
    EXPECT_EQ(last.at(organization.parent()).state(), v1::Organization::STATE_ACTIVE);
  }
}

}  // namespace
}  // namespace qinglian::organization
