// What was read and what was refused, on the record before anything leaves; and what an auditor
// finds there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/access/principal.h"
#include "common/clock/date.h"
#include "common/journal/refusals.h"
#include "common/journal/search.h"
#include "common/status/status.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {
namespace {

using journal::v1::Change;
using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

MATCHER_P(WasReadBy, actor, "") {
  return arg.operation() == Change::OPERATION_READ && arg.origin().actor() == actor;
}

class ReadingTest : public RegistryTest {
 protected:
  // Nothing can be written into the journal any more, or it can again.
  void MakeJournalUnwritable() {
    served_.database().Run(
        "CREATE TRIGGER unwritable BEFORE INSERT ON journal FOR EACH ROW "
        "SIGNAL SQLSTATE '45000'");
  }
  void MakeJournalWritable() { served_.database().Run("DROP TRIGGER unwritable"); }

  absl::StatusOr<v1::Person> GetPerson(const std::string& name,
                                       const std::string& caller = "clients/reader") {
    v1::GetPersonRequest request;
    request.set_name(name);
    return Call<v1::Person>("PersonService/GetPerson", request, caller);
  }

  std::vector<Change> Found(const journal::v1::SearchJournalRequest& request,
                            const access::Scope& scope = {}) {
    const auto response = search_.Find(*connection_, scope, request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->changes().begin(), response->changes().end()};
  }
  std::vector<Change> FoundOf(const std::string& resource) {
    journal::v1::SearchJournalRequest request;
    request.set_resource(resource);
    request.add_operations(Change::OPERATION_READ);
    return Found(request);
  }

  const std::string organization_ = Made("财政厅").name();
  const journal::Search search_{"a key of tests"};
  const std::unique_ptr<mysql::Connection> connection_ = served_.database().Open();
};

TEST_F(ReadingTest, OfAPersonIsOnRecordWithWhoAndThroughWhat) {
  const std::string person = MadePerson("N-1", organization_).name();
  ASSERT_TRUE(GetPerson(person).ok());
  const std::vector<Change> readings = FoundOf(person);
  ASSERT_THAT(readings, ElementsAre(WasReadBy("clients/reader")));
  EXPECT_EQ(readings[0].origin().method(), "/qinglian.organization.v1.PersonService/GetPerson");
  EXPECT_EQ(readings[0].origin().client(), "test");
  EXPECT_EQ(readings[0].organization(), organization_);
  EXPECT_FALSE(readings[0].has_after());
}

TEST_F(ReadingTest, OfAPageIsOneEntryForEachOfThePageAndNoneForOthers) {
  std::vector<std::string> persons;
  for (int i = 0; i < 5; ++i)
    persons.push_back(MadePerson(absl::StrCat("N-", i), organization_).name());
  v1::ListPersonsRequest request;
  request.set_page_size(3);
  const auto page =
      Call<v1::ListPersonsResponse>("PersonService/ListPersons", request, "clients/reader");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->persons_size(), 3);
  int on_record = 0;
  for (const std::string& person : persons) on_record += static_cast<int>(FoundOf(person).size());
  EXPECT_EQ(on_record, 3);
  for (const v1::Person& person : page->persons()) EXPECT_THAT(FoundOf(person.name()), SizeIs(1));
}

TEST_F(ReadingTest, OfWhatIsNotProtectedOrByTheHouseItselfIsNotRecorded) {
  const std::string person = MadePerson("N-1", organization_).name();
  Get(organization_);
  ASSERT_TRUE(GetPerson(person, "services/risk").ok());
  EXPECT_EQ(
      served_.database().Value("SELECT COUNT(*) FROM journal WHERE operation='OPERATION_READ'"),
      "0");
}

TEST_F(ReadingTest, IsRefusedWhereItCannotBeRecorded) {
  const std::string person = MadePerson("N-1", organization_).name();
  MakeJournalUnwritable();
  const absl::Status refused = GetPerson(person).status();
  EXPECT_TRUE(status::Is(refused, status::kReadingNotRecorded)) << refused;
  EXPECT_TRUE(absl::IsUnavailable(refused));
  v1::ListPersonsRequest list;
  EXPECT_TRUE(status::Is(
      Call<v1::ListPersonsResponse>("PersonService/ListPersons", list, "clients/reader").status(),
      status::kReadingNotRecorded));
  // What is open to all is shown all the same.
  EXPECT_EQ(Get(organization_).name(), organization_);
  MakeJournalWritable();
  EXPECT_TRUE(GetPerson(person).ok());
}

TEST_F(ReadingTest, DoesNotDisturbTheVersionsAndRetriesOfThatResource) {
  const v1::Person person = MadePerson("N-1", organization_);
  ASSERT_TRUE(GetPerson(person.name()).ok());
  v1::UpdatePersonRequest request;
  *request.mutable_person() = person;
  request.mutable_person()->set_display_name("李示例");
  request.mutable_update_mask()->add_paths("display_name");
  request.set_etag(person.etag());
  request.set_request_id(test::RequestId());
  const auto first = Call<v1::Person>("PersonService/UpdatePerson", request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Call<v1::Person>("PersonService/UpdatePerson", request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
}

TEST_F(ReadingTest, IsFoundByActorResourceTimeAndOperation) {
  const std::string one = MadePerson("N-1", organization_).name();
  const std::string other = MadePerson("N-2", organization_).name();
  ASSERT_TRUE(GetPerson(one, "clients/a").ok());
  const absl::Time between = absl::Now();
  ASSERT_TRUE(GetPerson(one, "clients/b").ok());
  ASSERT_TRUE(GetPerson(other, "clients/b").ok());
  journal::v1::SearchJournalRequest request;
  request.set_actor("clients/b");
  EXPECT_THAT(Found(request), ElementsAre(WasReadBy("clients/b"), WasReadBy("clients/b")));
  request.set_resource(one);
  EXPECT_THAT(Found(request), SizeIs(1));
  request.clear_actor();
  // Also how it came to be.
  EXPECT_THAT(Found(request), SizeIs(3));
  *request.mutable_since_time() = clock::ToTimestamp(between);
  EXPECT_THAT(Found(request), ElementsAre(WasReadBy("clients/b")));
  request.clear_since_time();
  *request.mutable_until_time() = clock::ToTimestamp(between);
  request.add_operations(Change::OPERATION_READ);
  EXPECT_THAT(Found(request), ElementsAre(WasReadBy("clients/a")));
}

TEST_F(ReadingTest, IsFoundPageByPageNewestFirstAndOnce) {
  const std::string person = MadePerson("N-1", organization_).name();
  constexpr int kReadings = 23;
  for (int i = 0; i < kReadings; ++i) ASSERT_TRUE(GetPerson(person).ok());
  journal::v1::SearchJournalRequest request;
  request.set_resource(person);
  request.add_operations(Change::OPERATION_READ);
  request.set_page_size(5);
  std::vector<Change> all;
  std::string token;
  do {
    request.set_page_token(token);
    const auto page = search_.Find(*connection_, access::Scope(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    all.insert(all.end(), page->changes().begin(), page->changes().end());
    token = page->next_page_token();
  } while (!token.empty());
  ASSERT_THAT(all, SizeIs(kReadings));
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_LE(clock::ToTime(all[i].time()).value(), clock::ToTime(all[i - 1].time()).value());
  }
  // Another question.
  request.clear_page_token();
  const auto page = search_.Find(*connection_, access::Scope(), request);
  request.set_page_token(page->next_page_token());
  request.set_actor("clients/a");
  EXPECT_TRUE(status::Is(search_.Find(*connection_, access::Scope(), request).status(),
                         status::kPageTokenInvalid));
}

// Who reaches a part of the registry finds what concerns that part.
TEST_F(ReadingTest, ShowsAnAuditorOfASubtreeWhatConcernsItAndNothingElse) {
  const std::string elsewhere = Made("教育厅").name();
  const std::string one = MadePerson("N-1", organization_).name();
  const std::string other = MadePerson("N-2", elsewhere).name();
  ASSERT_TRUE(GetPerson(one).ok());
  ASSERT_TRUE(GetPerson(other).ok());
  access::v1::Identity identity;
  identity.set_actor("persons/auditor");
  *identity.add_grants() = test::GrantOf("roles/auditor", organization_);
  const access::Principal auditor(identity);
  const size_t permission =
      access::PermissionCatalogue::Linked().Find("organization.journal.search");
  const access::Scope scope(auditor, permission, false);
  journal::v1::SearchJournalRequest request;
  request.add_operations(Change::OPERATION_READ);
  const std::vector<Change> readings = Found(request, scope);
  ASSERT_THAT(readings, SizeIs(1));
  EXPECT_EQ(readings[0].resource(), one);
  request.set_resource(other);
  EXPECT_THAT(Found(request, scope), IsEmpty());
}

class RefusalsTest : public ReadingTest {
 protected:
  static rpc::Caller CallerOf(const std::string& actor) {
    rpc::Caller caller;
    caller.actor = actor;
    caller.client = "test";
    return caller;
  }
  void Refuse(const std::string& actor, const std::string& method, int times) {
    for (int i = 0; i < times; ++i)
      refusals_.Refused(CallerOf(actor), method, absl::PermissionDeniedError(""));
  }
  std::vector<Change> Refused() {
    journal::v1::SearchJournalRequest request;
    request.add_operations(Change::OPERATION_REFUSED);
    return Found(request);
  }
  static int64_t CountOf(const Change& change) {
    journal::v1::RefusedAttempts attempts;
    return change.after().UnpackTo(&attempts) ? attempts.count() : -1;
  }

  mysql::Session session_{served_.database().options()};
  journal::Refusals refusals_{served_.journal()};
};

TEST_F(RefusalsTest, AreSummedForEachCallerAndMethod) {
  Refuse("persons/a", "/service/One", 3);
  Refuse("persons/a", "/service/Two", 1);
  Refuse("persons/b", "/service/One", 5);
  refusals_.Refused(CallerOf("persons/b"), "/service/One", absl::NotFoundError(""));
  ASSERT_TRUE(refusals_.Flush(session_).ok());
  const std::vector<Change> rows = Refused();
  ASSERT_THAT(rows, SizeIs(4));
  int64_t sum = 0;
  for (const Change& row : rows) {
    EXPECT_EQ(row.resource(), "");
    sum += CountOf(row);
    if (row.origin().actor() == "persons/a" && row.origin().method() == "/service/One") {
      EXPECT_EQ(CountOf(row), 3);
      EXPECT_EQ(row.reason(), "PERMISSION_DENIED");
    }
  }
  EXPECT_EQ(sum, 10);
  // Nothing is written twice.
  ASSERT_TRUE(refusals_.Flush(session_).ok());
  EXPECT_THAT(Refused(), SizeIs(4));
}

TEST_F(RefusalsTest, WaitWhereTheJournalCannotBeWritten) {
  Refuse("persons/a", "/service/One", 3);
  MakeJournalUnwritable();
  EXPECT_FALSE(refusals_.Flush(session_).ok());
  Refuse("persons/a", "/service/One", 2);
  MakeJournalWritable();
  ASSERT_TRUE(refusals_.Flush(session_).ok());
  const std::vector<Change> rows = Refused();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(CountOf(rows[0]), 5);
}

TEST_F(RefusalsTest, OfCountlessCallersTakeLittleRoom) {
  constexpr int kCallers = 20'000;
  for (int i = 0; i < kCallers; ++i) Refuse(absl::StrCat("persons/", i), "/service/One", 1);
  ASSERT_TRUE(refusals_.Flush(session_).ok());
  const int64_t rows = std::stoll(
      served_.database().Value("SELECT COUNT(*) FROM journal WHERE operation='OPERATION_REFUSED'"));
  EXPECT_LT(rows, kCallers);
}

}  // namespace
}  // namespace qinglian::organization
