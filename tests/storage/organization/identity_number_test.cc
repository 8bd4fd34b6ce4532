// Identity numbers of persons: sealed, unique, shown to few, and under keys that change.
#include "tests/support/identity_number.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/sealing_service.pb.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {
namespace {

std::string Number(int serial) { return test::IdentityNumberOf(serial); }

class IdentityNumber : public RegistryTest {
 protected:
  v1::CreatePersonRequest WantedPerson(const std::string& staff_number,
                                       const std::string& identity_number) {
    v1::CreatePersonRequest request;
    request.set_request_id(test::RequestId());
    v1::Person& person = *request.mutable_person();
    person.set_display_name("张示例");
    person.set_staff_number(staff_number);
    person.set_organization(organization_);
    person.set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
    person.set_identity_number(identity_number);
    return request;
  }

  absl::StatusOr<v1::Person> CreatePerson(const v1::CreatePersonRequest& request) {
    return Call<v1::Person>("PersonService/CreatePerson", request);
  }
  v1::Person MadePerson(int serial) {
    const auto person = CreatePerson(WantedPerson(absl::StrCat("N-", serial), Number(serial)));
    EXPECT_TRUE(person.ok()) << person.status();
    return person.value_or(v1::Person());
  }

  absl::StatusOr<v1::Person> Change(const v1::Person& person, const std::string& identity_number,
                                    const std::string& mask) {
    v1::UpdatePersonRequest request;
    *request.mutable_person() = person;
    request.mutable_person()->set_identity_number(identity_number);
    request.mutable_update_mask()->add_paths(mask);
    request.set_etag(person.etag());
    request.set_request_id(test::RequestId());
    return Call<v1::Person>("PersonService/UpdatePerson", request);
  }

  // The number, or why it is not told.
  std::string Revealed(const std::string& name) {
    v1::RevealIdentityNumberRequest request;
    request.set_name(name);
    request.set_purpose("核对身份");
    const auto revealed =
        Call<v1::RevealIdentityNumberResponse>("PersonService/RevealIdentityNumber", request);
    return revealed.ok() ? revealed->identity_number() : status::ReasonOf(revealed.status());
  }

  v1::SealingStatus Status() {
    return Call<v1::SealingStatus>("SealingService/GetSealingStatus", v1::GetSealingStatusRequest())
        .value_or(v1::SealingStatus());
  }

  const std::string organization_ = Made("财政厅").name();
};

TEST_F(IdentityNumber, IsKeptSealedAndShownMasked) {
  const v1::Person person = MadePerson(1);
  EXPECT_EQ(person.identity_number(), "");
  EXPECT_EQ(person.identity_number_masked(), "**************" + Number(1).substr(14));
  EXPECT_EQ(Revealed(person.name()), Number(1));
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM sealed_values"), "1");
}

TEST_F(IdentityNumber, BelongsToOnePersonAndTheRefusalDoesNotRepeatIt) {
  MadePerson(1);
  const auto other = CreatePerson(WantedPerson("N-other", Number(1)));
  EXPECT_TRUE(absl::IsAlreadyExists(other.status())) << other.status();
  EXPECT_EQ(status::MetadataOf(other.status(), "field"), "person.identity_number");
  EXPECT_FALSE(absl::StrContains(other.status().ToString(), Number(1)));
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM persons"), "1");
}

TEST_F(IdentityNumber, WithAWrongCheckCharacterIsRefusedWithoutRepeatingIt) {
  std::string wrong = Number(1);
  wrong[16] = wrong[16] == '0' ? '1' : '0';
  const auto person = CreatePerson(WantedPerson("N-1", wrong));
  EXPECT_TRUE(absl::IsInvalidArgument(person.status())) << person.status();
  EXPECT_TRUE(absl::StrContains(person.status().ToString(), "identity_number"));
  EXPECT_FALSE(absl::StrContains(person.status().ToString(), wrong));
}

TEST_F(IdentityNumber, ARequestSentTwiceIsOneAndWithAnotherNumberIsAnother) {
  v1::CreatePersonRequest request = WantedPerson("N-1", Number(1));
  const auto first = CreatePerson(request);
  const auto second = CreatePerson(request);
  ASSERT_TRUE(first.ok() && second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  request.mutable_person()->set_identity_number(Number(2));
  EXPECT_EQ(status::ReasonOf(CreatePerson(request).status()), "REQUEST_ID_REUSED");
}

TEST_F(IdentityNumber, IsReplacedOrDestroyedByAMaskThatNamesItAndByNoOther) {
  v1::Person person = MadePerson(1);
  auto changed = Change(person, "", "display_name");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(Revealed(person.name()), Number(1));
  // What is read is written back whole: the number is not in it, and stays.
  changed = Change(*changed, "", "*");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(Revealed(person.name()), Number(1));
  changed = Change(*changed, Number(2), "identity_number");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(Revealed(person.name()), Number(2));
  changed = Change(*changed, "", "identity_number");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->identity_number_masked(), "");
  EXPECT_EQ(Revealed(person.name()), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM sealed_values"), "0");
}

TEST_F(IdentityNumber, StandsInNoTable) {
  v1::Person person = MadePerson(1);
  ASSERT_TRUE(Change(person, Number(2), "identity_number").ok());
  EXPECT_EQ(Revealed(person.name()), Number(2));
  for (const int serial : {1, 2}) {
    for (const char* column : {"after", "response", "reason", "changed_fields"}) {
      EXPECT_EQ(served_.database().Value(absl::StrCat("SELECT COUNT(*) FROM journal WHERE INSTR(",
                                                      column, ", '", Number(serial), "') > 0")),
                "0")
          << column;
    }
  }
}

TEST_F(IdentityNumber, IsNotToldWithoutAPurposeOrThePermission) {
  const v1::Person person = MadePerson(1);
  v1::RevealIdentityNumberRequest request;
  request.set_name(person.name());
  const std::string method = "/qinglian.organization.v1.PersonService/RevealIdentityNumber";
  EXPECT_TRUE(absl::IsInvalidArgument(
      served_.Call<v1::RevealIdentityNumberResponse>(method, request).status()));
  request.set_purpose("核对身份");
  const auto as = [&](const char* role, const std::string& organization) {
    return served_
        .Call<v1::RevealIdentityNumberResponse>(
            method, request, test::CallAs("clients/a", {test::GrantOf(role, organization)}))
        .status();
  };
  EXPECT_TRUE(absl::IsPermissionDenied(as("roles/organ", organization_)));
  EXPECT_TRUE(absl::IsPermissionDenied(as("roles/auditor", "")));
  EXPECT_TRUE(as("roles/custodian", organization_).ok()) << as("roles/custodian", organization_);
  // Of another subtree: as if there were nobody of that name.
  EXPECT_TRUE(absl::IsNotFound(as("roles/custodian", Made("教育厅").name())));
}

TEST_F(IdentityNumber, WantsKeysAndSaysSo) {
  test::Served<OrganizationServer> without{Migrations()};
  v1::CreatePersonRequest request = WantedPerson("N-1", "");
  v1::CreateOrganizationRequest organization = Wanted("财政厅");
  v1::ImportDivisionsRequest divisions;
  v1::Division& province = *divisions.add_divisions();
  province.set_name("divisions/33");
  province.set_display_name("浙江省");
  province.set_level(v1::Division::LEVEL_PROVINCE);
  province.set_vintage(2023);
  divisions.set_request_id(test::RequestId());
  const std::string package = "/qinglian.organization.v1.";
  ASSERT_TRUE(without
                  .Call<v1::ImportDivisionsResponse>(package + "DivisionService/ImportDivisions",
                                                     divisions, "clients/test")
                  .ok());
  const auto made = without.Call<v1::Organization>(
      package + "OrganizationService/CreateOrganization", organization, "clients/test");
  ASSERT_TRUE(made.ok()) << made.status();
  request.mutable_person()->set_organization(made->name());
  const auto create = [&] {
    request.set_request_id(test::RequestId());
    return without.Call<v1::Person>(package + "PersonService/CreatePerson", request, "clients/test")
        .status();
  };
  EXPECT_TRUE(create().ok());
  request.mutable_person()->set_staff_number("N-2");
  request.mutable_person()->set_identity_number(Number(1));
  EXPECT_TRUE(status::Is(create(), status::kSealingKeyMissing)) << create();
}

TEST_F(IdentityNumber, ComesUnderANewKeyWhilePersonsAreWrittenAndRead) {
  constexpr int kPersons = 60;
  std::vector<std::string> names;
  for (int i = 0; i < kPersons; ++i) names.push_back(MadePerson(i).name());
  const int64_t old = Status().newest_version();
  AddSealingKey(SealingKeyFile());
  std::atomic<bool> done{false};
  std::thread reader([&] {
    for (int i = 0; !done; i = (i + 1) % kPersons) EXPECT_EQ(Revealed(names[i]), Number(i));
  });
  std::thread writer([&] {
    for (int i = kPersons; i < kPersons + 40; ++i) MadePerson(i);
  });
  // The server looks at its file by itself.
  while (Status().newest_version() == old) absl::SleepFor(absl::Milliseconds(50));
  v1::RotateSealingKeysResponse response;
  int64_t rotated = 0;
  do {
    v1::RotateSealingKeysRequest request;
    request.set_request_id(test::RequestId());
    request.set_max_values(7);
    const auto answer =
        Call<v1::RotateSealingKeysResponse>("SealingService/RotateSealingKeys", request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_LE(answer->rotated(), 7);
    response = *answer;
    rotated += response.rotated();
  } while (response.remaining() > 0);
  writer.join();
  done = true;
  reader.join();
  EXPECT_EQ(response.version(), old + 1);
  EXPECT_GE(rotated, kPersons);
  const v1::SealingStatus status = Status();
  ASSERT_EQ(status.versions_size(), 1);
  EXPECT_EQ(status.versions(0).version(), old + 1);
  EXPECT_EQ(status.versions(0).values(), kPersons + 40);
}

TEST_F(IdentityNumber, MovedIntoTheRowOfAnotherDoesNotOpen) {
  const v1::Person one = MadePerson(1), other = MadePerson(2);
  served_.database().Run(
      "CREATE TABLE kept AS SELECT * FROM sealed_values;"
      "UPDATE sealed_values v JOIN kept k ON k.owner <> v.owner "
      "SET v.wrapped_key = k.wrapped_key, v.ciphertext = k.ciphertext");
  EXPECT_NE(Revealed(one.name()), Number(1));
  EXPECT_NE(Revealed(one.name()), Number(2));
  EXPECT_NE(Revealed(other.name()), Number(1));
}

}  // namespace
}  // namespace qinglian::organization
