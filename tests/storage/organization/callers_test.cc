// Clients, role bindings and delegations, and what gateways are told of callers.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "common/clock/date.h"
#include "common/journal/sequencer.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/organization/delegation_rules.h"
#include "services/organization/person_rules.h"
#include "services/organization/role_binding_rules.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MATCHER_P(RefusedBy, guard, "") {
  return status::Is(arg.status(), status::kGuardNotMet) &&
         status::MetadataOf(arg.status(), "guard") == guard.name;
}

class CallersTest : public RegistryTest {
 protected:
  absl::StatusOr<v1::ResolveCallerResponse> Resolve(const std::string& client,
                                                    const std::string& staff_number,
                                                    const std::string& acting_for = "") {
    v1::ResolveCallerRequest request;
    request.set_client(client);
    request.set_staff_number(staff_number);
    request.set_acting_for(acting_for);
    return Call<v1::ResolveCallerResponse>("CallerService/ResolveCaller", request,
                                           "services/gateway");
  }
  // "roles/organ organizations/…" for each grant of whoever has that staff number.
  std::vector<std::string> Grants(const std::string& staff_number,
                                  const std::string& acting_for = "") {
    const auto caller = Resolve("", staff_number, acting_for);
    EXPECT_TRUE(caller.ok()) << caller.status();
    std::vector<std::string> grants;
    if (!caller.ok()) return grants;
    for (const auto& grant : caller->grants())
      grants.push_back(absl::StrCat(grant.role(), " ", grant.organization()));
    return grants;
  }

  static v1::GrantRoleRequest Wanted(const std::string& subject, const std::string& role,
                                     const std::string& organization = "") {
    v1::GrantRoleRequest request;
    request.mutable_role_binding()->set_subject(subject);
    request.mutable_role_binding()->set_role(role);
    request.mutable_role_binding()->set_organization(organization);
    request.mutable_role_binding()->set_reason("岗位需要");
    request.set_request_id(test::RequestId());
    return request;
  }
  absl::StatusOr<v1::RoleBinding> Grant(const v1::GrantRoleRequest& request,
                                        const std::string& caller = "clients/first") {
    return Call<v1::RoleBinding>("RoleBindingService/GrantRole", request, caller);
  }
  v1::RoleBinding Granted(const std::string& subject, const std::string& role,
                          const std::string& organization = "") {
    const auto binding = Grant(Wanted(subject, role, organization));
    EXPECT_TRUE(binding.ok()) << binding.status();
    return binding.value_or(v1::RoleBinding());
  }
  template <class Request>
  absl::StatusOr<v1::RoleBinding> Step(const char* method, const v1::RoleBinding& binding,
                                       Request request, const std::string& caller) {
    request.set_name(binding.name());
    request.set_etag(binding.etag());
    request.set_request_id(test::RequestId());
    return Call<v1::RoleBinding>(absl::StrCat("RoleBindingService/", method), request, caller);
  }
  absl::StatusOr<v1::RoleBinding> Approve(const v1::RoleBinding& binding,
                                          const std::string& caller) {
    return Step("ApproveRoleBinding", binding, v1::ApproveRoleBindingRequest(), caller);
  }
  absl::StatusOr<v1::RoleBinding> Revoke(const v1::RoleBinding& binding,
                                         const std::string& caller = "clients/first") {
    v1::RevokeRoleRequest request;
    request.set_reason("调离");
    return Step("RevokeRole", binding, request, caller);
  }
  absl::StatusOr<v1::RoleBinding> MakeFirst(const std::string& code) {
    v1::MakeFirstAdministratorRequest request;
    request.set_client_code(code);
    request.set_request_id(test::RequestId());
    return Call<v1::RoleBinding>("RoleBindingService/MakeFirstAdministrator", request,
                                 "services/qlctl");
  }

  absl::Status RenewLease(const std::string& holder, uint64_t position, int seconds) {
    v1::RenewLeaseRequest request;
    request.set_holder(holder);
    request.set_position(position);
    request.mutable_duration()->set_seconds(seconds);
    return Call<v1::RenewLeaseResponse>("CallerService/RenewLease", request, "services/gateway")
        .status();
  }
  uint64_t Head() {
    return std::stoull("0" +
                       served_.database().Value("SELECT MAX(position) FROM journal_position"));
  }

  absl::StatusOr<v1::Client> Register(const std::string& code) {
    v1::CreateClientRequest request;
    request.mutable_client()->set_name("clients/" + code);
    request.mutable_client()->set_display_name("审计平台");
    request.set_request_id(test::RequestId());
    return Call<v1::Client>("ClientService/CreateClient", request);
  }

  absl::StatusOr<v1::Delegation> Delegate(const v1::Person& from, const v1::Person& to,
                                          absl::CivilDay first, absl::CivilDay last) {
    v1::CreateDelegationRequest request;
    request.mutable_delegation()->set_delegator(from.name());
    request.mutable_delegation()->set_delegate(to.name());
    *request.mutable_delegation()->mutable_first_date() = clock::ToDate(first);
    *request.mutable_delegation()->mutable_last_date() = clock::ToDate(last);
    request.mutable_delegation()->set_reason("外出学习");
    request.set_request_id(test::RequestId());
    return Call<v1::Delegation>("DelegationService/CreateDelegation", request, from.name());
  }

  const v1::Organization root_ = Made("省财政厅");
};

TEST_F(CallersTest, AClientIsKnownWhileItIsRegisteredAndNotDisabled) {
  EXPECT_TRUE(status::Is(Resolve("clients/audit", "").status(), status::kCallerUnknown));
  const auto client = Register("audit");
  ASSERT_TRUE(client.ok()) << client.status();
  const auto known = Resolve("clients/audit", "");
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->actor(), "clients/audit");
  EXPECT_EQ(known->client().display_name(), "审计平台");
  EXPECT_THAT(known->grants(), IsEmpty());
  EXPECT_EQ(Register("audit").status().code(), absl::StatusCode::kAlreadyExists);

  v1::DisableClientRequest disable;
  disable.set_name(client->name());
  disable.set_etag(client->etag());
  disable.set_reason("证书泄露");
  disable.set_request_id(test::RequestId());
  const auto disabled = Call<v1::Client>("ClientService/DisableClient", disable);
  ASSERT_TRUE(disabled.ok()) << disabled.status();
  EXPECT_TRUE(status::Is(Resolve("clients/audit", "").status(), status::kCallerUnknown));
  for (const char* nobody : {"", "clients/", "clients/other", "persons/x"})
    EXPECT_TRUE(status::Is(Resolve(nobody, "").status(), status::kCallerUnknown)) << nobody;
}

TEST_F(CallersTest, APersonIsKnownByHisStaffNumberAndThroughAClientOnlyWhileThatIsLetIn) {
  const v1::Person person = MadePerson("S-1", root_.name());
  const auto known = Resolve("", "S-1");
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->actor(), person.name());
  EXPECT_FALSE(known->has_client());
  EXPECT_TRUE(status::Is(Resolve("", "S-2").status(), status::kCallerUnknown));
  EXPECT_TRUE(status::Is(Resolve("clients/portal", "S-1").status(), status::kCallerUnknown));
  ASSERT_TRUE(Register("portal").ok());
  const auto through = Resolve("clients/portal", "S-1");
  ASSERT_TRUE(through.ok()) << through.status();
  EXPECT_EQ(through->actor(), person.name());
  EXPECT_EQ(through->client().name(), "clients/portal");
}

TEST_F(CallersTest, WhatIsGrantedHoldsThroughItsLastDay) {
  const v1::Person person = MadePerson("S-1", root_.name());
  auto wanted = Wanted(person.name(), "roles/organ", root_.name());
  *wanted.mutable_role_binding()->mutable_last_date() = clock::ToDate(absl::CivilDay(2025, 3, 11));
  ASSERT_TRUE(Grant(wanted).ok());
  const v1::RoleBinding lasting = Granted(person.name(), "roles/reviewer", root_.name());
  EXPECT_THAT(Grants("S-1"),
              ElementsAre("roles/organ " + root_.name(), "roles/reviewer " + root_.name()));
  served_.business_clock().Advance(absl::Hours(24));
  EXPECT_EQ(Grants("S-1").size(), 2u);
  served_.business_clock().Advance(absl::Hours(24));
  EXPECT_THAT(Grants("S-1"), ElementsAre("roles/reviewer " + root_.name()));
  ASSERT_TRUE(Revoke(lasting).ok());
  EXPECT_THAT(Grants("S-1"), IsEmpty());
}

TEST_F(CallersTest, WhatCannotBeGrantedIsRefusedByName) {
  const v1::Person person = MadePerson("S-1", root_.name());
  EXPECT_THAT(Grant(Wanted(person.name(), "roles/organ"), person.name()), RefusedBy(kNotOneself));
  EXPECT_THAT(Grant(Wanted(person.name(), "roles/platform")), RefusedBy(kSubjectFits));
  EXPECT_THAT(Grant(Wanted(person.name(), "roles/service")), RefusedBy(kSubjectFits));
  ASSERT_TRUE(Register("audit").ok());
  EXPECT_THAT(Grant(Wanted("clients/audit", "roles/organ")), RefusedBy(kSubjectFits));
  Granted(person.name(), "roles/organ", root_.name());
  EXPECT_THAT(Grant(Wanted(person.name(), "roles/organ", root_.name())), RefusedBy(kNotBoundYet));
  for (const auto& request :
       {Wanted(person.name(), "roles/king"), Wanted("clients/nobody", "roles/platform"),
        Wanted("persons/00000000-0000-7000-8000-0000000000ff", "roles/organ")}) {
    EXPECT_TRUE(status::Is(Grant(request).status(), status::kReferenceNotFound))
        << request.ShortDebugString();
  }
}

TEST_F(CallersTest, APowerfulRoleTakesASecondPerson) {
  const v1::Person person = MadePerson("S-1", root_.name());
  const v1::RoleBinding waiting = Granted(person.name(), "roles/dispatchedGroup", root_.name());
  EXPECT_EQ(waiting.state(), v1::RoleBinding::STATE_PENDING_APPROVAL);
  EXPECT_THAT(Grants("S-1"), IsEmpty());
  EXPECT_THAT(Approve(waiting, "clients/first"), RefusedBy(kRoleFourEyes));
  EXPECT_THAT(Approve(waiting, person.name()), RefusedBy(kRoleFourEyes));
  const auto approved = Approve(waiting, "clients/second");
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->approver(), "clients/second");
  EXPECT_THAT(Grants("S-1"), ElementsAre("roles/dispatchedGroup " + root_.name()));
}

TEST_F(CallersTest, TheFirstAdministratorIsMadeOnceHoweverManyTry) {
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { made += MakeFirst(absl::StrCat("admin-", i)).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_THAT(MakeFirst("late"), RefusedBy(kNoAdministratorYet));
}

TEST_F(CallersTest, OfTwoAdministratorsWhoAreRevokedAtOnceOneStays) {
  const auto first = MakeFirst("admin");
  ASSERT_TRUE(first.ok()) << first.status();
  const v1::Person person = MadePerson("S-1", root_.name());
  const auto second = Grant(Wanted(person.name(), "roles/administrator"), "clients/admin");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->state(), v1::RoleBinding::STATE_ACTIVE) << "nobody else could approve it";
  const v1::Person third = MadePerson("S-3", root_.name());
  const auto waiting = Grant(Wanted(third.name(), "roles/administrator"), "clients/admin");
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->state(), v1::RoleBinding::STATE_PENDING_APPROVAL);

  absl::StatusOr<v1::RoleBinding> other = absl::UnknownError("");
  std::thread thread([&] { other = Revoke(*first, person.name()); });
  const auto one = Revoke(*second, "clients/admin");
  thread.join();
  EXPECT_NE(one.ok(), other.ok()) << one.status() << " " << other.status();
  EXPECT_THAT(one.ok() ? other : one, RefusedBy(kAdministratorLeft));
}

// Who revokes the others is alone, and stays so until whoever runs the machine makes another.
TEST_F(CallersTest, WhoRevokedTheOtherAdministratorsPutsNobodyInTheirPlaceAlone) {
  ASSERT_TRUE(MakeFirst("admin").ok());
  const v1::Person person = MadePerson("S-1", root_.name());
  const auto second = Grant(Wanted(person.name(), "roles/administrator"), "clients/admin");
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_TRUE(Revoke(*second, "clients/admin").ok());
  const v1::Person puppet = MadePerson("S-2", root_.name());
  const auto waiting = Grant(Wanted(puppet.name(), "roles/administrator"), "clients/admin");
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->state(), v1::RoleBinding::STATE_PENDING_APPROVAL);
  const auto another = MakeFirst("rescue");
  ASSERT_TRUE(another.ok()) << another.status();
  EXPECT_TRUE(Approve(*waiting, "clients/rescue").ok());
  EXPECT_THAT(MakeFirst("late"), RefusedBy(kNoAdministratorYet));
}

TEST_F(CallersTest, AnAdministratorWhoHasLeftOrWhoseTimeIsOverCountsNoMore) {
  ASSERT_TRUE(MakeFirst("admin").ok());
  const v1::Person person = MadePerson("S-1", root_.name());
  auto wanted = Wanted(person.name(), "roles/administrator");
  *wanted.mutable_role_binding()->mutable_last_date() = clock::ToDate(absl::CivilDay(2025, 3, 11));
  const auto second = Grant(wanted, "clients/admin");
  ASSERT_TRUE(second.ok()) << second.status();
  v1::DisableClientRequest disable;
  v1::GetClientRequest get;
  get.set_name("clients/admin");
  disable.set_name("clients/admin");
  disable.set_etag(Call<v1::Client>("ClientService/GetClient", get)->etag());
  disable.set_reason("证书遗失");
  disable.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Client>("ClientService/DisableClient", disable).ok());
  EXPECT_THAT(Revoke(*second), RefusedBy(kAdministratorLeft)) << "the other is shut out";
  served_.business_clock().Advance(absl::Hours(48));
  EXPECT_TRUE(MakeFirst("rescue").ok()) << "nobody is left";
  EXPECT_TRUE(Revoke(*second).ok());
}

// A clerk who gives a colleague the number that his own token proves would be the colleague.
TEST_F(CallersTest, NobodyBecomesAnotherByTheStaffNumber) {
  const v1::Person clerk = MadePerson("S-1", root_.name());
  const v1::Person chief = MadePerson("S-2", root_.name());
  const auto renumber = [&](const v1::Person& person, const std::string& number) {
    v1::UpdatePersonRequest request;
    request.mutable_person()->set_name(person.name());
    request.mutable_person()->set_staff_number(number);
    request.set_request_id(test::RequestId());
    return Call<v1::Person>("PersonService/UpdatePerson", request);
  };
  EXPECT_TRUE(renumber(clerk, "S-3").ok()) << "nothing hangs on it yet";
  const v1::RoleBinding powerful = Granted(chief.name(), "roles/dispatchedGroup", root_.name());
  EXPECT_THAT(renumber(chief, "S-1"), RefusedBy(kStaffNumberUnused)) << "a role waits for him";
  ASSERT_TRUE(Approve(powerful, "clients/second").ok());
  EXPECT_THAT(renumber(chief, "S-1"), RefusedBy(kStaffNumberUnused));
  EXPECT_TRUE(status::Is(Resolve("", "S-1").status(), status::kCallerUnknown));
  const v1::Person holder = MadePerson("S-4", root_.name());
  ASSERT_TRUE(
      Assign(holder.name(), MadePost(root_.name(), v1::Post::RANK_OFFICE_HEAD).name()).ok());
  EXPECT_THAT(renumber(holder, "S-1"), RefusedBy(kStaffNumberUnused)) << "he holds a post";
  ASSERT_TRUE(
      Delegate(clerk, holder, absl::CivilDay(2025, 3, 11), absl::CivilDay(2025, 3, 12)).ok());
  EXPECT_THAT(renumber(clerk, "S-1"), RefusedBy(kStaffNumberUnused)) << "another acts for him";
}

TEST_F(CallersTest, ARevocationIsAnsweredWhenEveryLeaseHasConfirmedItOrRunOut) {
  journal::SequencerOptions options;
  options.database = served_.database().options();
  journal::Sequencer sequencer(served_.journal(), options);
  const v1::Person person = MadePerson("S-1", root_.name());
  const v1::RoleBinding binding = Granted(person.name(), "roles/organ", root_.name());
  const uint64_t before = Head();
  ASSERT_TRUE(RenewLease("gateway-1", before, 10).ok());
  ASSERT_TRUE(RenewLease("gateway-2", before + 1'000, 10).ok());
  std::atomic<bool> answered{false};
  std::thread revoking([&] {
    const auto revoked = Revoke(binding);
    EXPECT_TRUE(revoked.ok()) << revoked.status();
    answered = true;
  });
  // It has happened, and is not answered yet.
  while (!Grants("S-1").empty()) absl::SleepFor(absl::Milliseconds(5));
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_FALSE(answered);
  EXPECT_TRUE(RenewLease("gateway-1", before + 1'000, 10).ok());
  revoking.join();

  // A gateway that has died holds up nobody for longer than its lease.
  const v1::RoleBinding again = [&] {
    auto granted = Grant(Wanted(person.name(), "roles/organ", root_.name()));
    EXPECT_TRUE(granted.ok()) << granted.status();
    return *granted;
  }();
  ASSERT_TRUE(RenewLease("gateway-3", 0, 1).ok());
  EXPECT_TRUE(Revoke(again).ok());
}

TEST_F(CallersTest, LeasesAreRenewedAlsoWhereEveryWorkerWaitsForThem) {
  journal::SequencerOptions options;
  options.database = served_.database().options();
  journal::Sequencer sequencer(served_.journal(), options);
  const v1::Person person = MadePerson("S-1", root_.name());
  std::vector<v1::RoleBinding> bindings;
  for (int i = 0; i < 20; ++i) {
    bindings.push_back(
        Granted(person.name(), "roles/organ", Made(absl::StrCat("处室", i), root_.name()).name()));
  }
  ASSERT_TRUE(RenewLease("gateway-1", Head(), 10).ok());
  std::vector<std::thread> revoking;
  for (const v1::RoleBinding& binding : bindings) {
    revoking.emplace_back([&] {
      const auto revoked = Revoke(binding);
      // Those that found no worker in time are to be tried again.
      EXPECT_TRUE(revoked.ok() || status::Is(revoked.status(), status::kOverloaded))
          << revoked.status();
    });
  }
  // As many as there are workers.
  const char* revoked = "SELECT COUNT(*) FROM role_bindings WHERE state = 'STATE_REVOKED'";
  const absl::Time until = absl::Now() + absl::Seconds(5);
  while (served_.database().Value(revoked) != "16" && absl::Now() < until)
    absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(served_.database().Value(revoked), "16");
  const absl::Time begin = absl::Now();
  const absl::Status renewed = RenewLease("gateway-1", 1'000'000, 10);
  EXPECT_TRUE(renewed.ok()) << renewed;
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(900));
  for (std::thread& thread : revoking) thread.join();
}

TEST_F(CallersTest, WhatIsGrantedIsToldToHoldUntilTheFirstLastDayIsOver) {
  const v1::Person chief = MadePerson("S-1", root_.name());
  const v1::Person deputy = MadePerson("S-2", root_.name());
  const auto valid_for = [&](const std::string& staff_number, const std::string& acting_for = "") {
    const auto caller = Resolve("", staff_number, acting_for);
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() && caller->has_valid_for() ? caller->valid_for().seconds() : -1;
  };
  const auto grant_until = [&](const std::string& role, absl::CivilDay last_day) {
    auto wanted = Wanted(chief.name(), role, root_.name());
    *wanted.mutable_role_binding()->mutable_last_date() = clock::ToDate(last_day);
    EXPECT_TRUE(Grant(wanted).ok());
  };
  constexpr int64_t kHour = 3'600;
  Granted(chief.name(), "roles/organ", root_.name());
  EXPECT_EQ(valid_for("S-1"), -1);
  grant_until("roles/reviewer", absl::CivilDay(2025, 3, 12));
  // It is nine in the morning of the tenth.
  EXPECT_EQ(valid_for("S-1"), (15 + 48) * kHour);
  grant_until("roles/partyBody", absl::CivilDay(2025, 3, 10));
  EXPECT_EQ(valid_for("S-1"), 15 * kHour);
  ASSERT_TRUE(
      Delegate(chief, deputy, absl::CivilDay(2025, 3, 10), absl::CivilDay(2025, 3, 11)).ok());
  EXPECT_EQ(valid_for("S-2"), -1);
  EXPECT_EQ(valid_for("S-2", chief.name()), 15 * kHour) << "what the other holds ends first";
  served_.business_clock().Advance(absl::Hours(24));
  EXPECT_EQ(valid_for("S-1"), (15 + 24) * kHour);
  EXPECT_EQ(valid_for("S-2", chief.name()), 15 * kHour) << "the delegation ends first";
}

TEST_F(CallersTest, WhoActsForAnotherHasWhatTheOtherWasGrantedFromDayToDay) {
  const v1::Person chief = MadePerson("S-1", root_.name());
  const v1::Person deputy = MadePerson("S-2", root_.name());
  Granted(chief.name(), "roles/organ", root_.name());
  const auto delegation =
      Delegate(chief, deputy, absl::CivilDay(2025, 3, 11), absl::CivilDay(2025, 3, 12));
  ASSERT_TRUE(delegation.ok()) << delegation.status();
  const auto acts = [&] { return Resolve("", "S-2", chief.name()).ok(); };
  EXPECT_FALSE(acts());
  served_.business_clock().Advance(absl::Hours(24));
  EXPECT_TRUE(acts());
  EXPECT_THAT(Grants("S-2", chief.name()), ElementsAre("roles/organ " + root_.name()));
  EXPECT_THAT(Grants("S-2"), IsEmpty());
  EXPECT_TRUE(status::Is(Resolve("", "S-1", deputy.name()).status(), status::kDelegationMissing));
  served_.business_clock().Advance(absl::Hours(24));
  EXPECT_TRUE(acts());
  v1::EndDelegationRequest end;
  end.set_name(delegation->name());
  end.set_etag(delegation->etag());
  end.set_reason("提前返岗");
  end.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Delegation>("DelegationService/EndDelegation", end, chief.name()).ok());
  EXPECT_FALSE(acts());
  EXPECT_THAT(Delegate(chief, chief, absl::CivilDay(2025, 3, 11), absl::CivilDay(2025, 3, 12)),
              RefusedBy(kTwoPersons));
  EXPECT_THAT(Delegate(chief, deputy, absl::CivilDay(2025, 3, 12), absl::CivilDay(2025, 3, 11)),
              RefusedBy(kDatesInOrder));
  EXPECT_THAT(Delegate(chief, deputy, absl::CivilDay(2025, 3, 12), absl::CivilDay(2027, 3, 11)),
              RefusedBy(kBrief));
}

TEST_F(CallersTest, NobodyActsForOneWhoHasLeftNorMakesHimselfADelegate) {
  const v1::Person chief = MadePerson("S-1", root_.name());
  const v1::Person deputy = MadePerson("S-2", root_.name());
  const absl::CivilDay today(2025, 3, 10);
  v1::CreateDelegationRequest request;
  request.mutable_delegation()->set_delegator(chief.name());
  request.mutable_delegation()->set_delegate(deputy.name());
  *request.mutable_delegation()->mutable_first_date() = clock::ToDate(today);
  *request.mutable_delegation()->mutable_last_date() = clock::ToDate(today + 30);
  request.mutable_delegation()->set_reason("外出学习");
  const auto delegate = [&](const std::string& caller) {
    request.set_request_id(test::RequestId());
    return Call<v1::Delegation>("DelegationService/CreateDelegation", request, caller);
  };
  EXPECT_THAT(delegate(deputy.name()), RefusedBy(kNotToOneself));
  const v1::RoleBinding powerful = Granted(chief.name(), "roles/dispatchedGroup", root_.name());
  ASSERT_TRUE(Approve(powerful, "clients/second").ok());
  EXPECT_THAT(delegate("persons/superior"), RefusedBy(kPowerfulInPerson));
  ASSERT_TRUE(delegate(chief.name()).ok());
  EXPECT_TRUE(Resolve("", "S-2", chief.name()).ok());
  v1::UpdatePersonRequest left;
  left.mutable_person()->set_name(chief.name());
  left.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_LEFT);
  left.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Person>("PersonService/UpdatePerson", left).ok());
  EXPECT_TRUE(status::Is(Resolve("", "S-2", chief.name()).status(), status::kDelegationMissing));
}

TEST_F(CallersTest, WhatAnotherDelegatedLendsNothingPowerfulAndNothingGrantedSince) {
  const v1::Organization office = Made("预算处", root_.name());
  const v1::Person chief = MadePerson("S-1", office.name());
  const v1::Person deputy = MadePerson("S-2", office.name());
  Granted(chief.name(), "roles/organ", office.name());
  const absl::CivilDay today(2025, 3, 10);
  v1::CreateDelegationRequest request;
  request.mutable_delegation()->set_delegator(chief.name());
  request.mutable_delegation()->set_delegate(deputy.name());
  *request.mutable_delegation()->mutable_first_date() = clock::ToDate(today);
  *request.mutable_delegation()->mutable_last_date() = clock::ToDate(today + 30);
  request.mutable_delegation()->set_reason("病假");
  const rpc::CallOptions clerk =
      test::CallAs("persons/clerk", {test::GrantOf("roles/organ", office.name())});
  const auto delegate = [&] {
    request.set_request_id(test::RequestId());
    return served_.Call<v1::Delegation>(
        "/qinglian.organization.v1.DelegationService/CreateDelegation", request, clerk);
  };
  const auto made = delegate();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->maker(), "persons/clerk");
  EXPECT_THAT(Grants("S-2", chief.name()), ElementsAre("roles/organ " + office.name()));
  Granted(chief.name(), "roles/organ", root_.name());
  ASSERT_TRUE(
      Approve(Granted(chief.name(), "roles/dispatchedGroup", root_.name()), "clients/second").ok());
  EXPECT_THAT(Grants("S-2", chief.name()), ElementsAre("roles/organ " + office.name()));
  ASSERT_TRUE(Delegate(chief, deputy, today, today + 1).ok());
  EXPECT_EQ(Grants("S-2", chief.name()).size(), 3u) << "he himself lends all";
}

TEST_F(CallersTest, WhoLetsAnotherActForSomebodyReachesAllThatTheOtherWasGranted) {
  const v1::Organization office = Made("预算处", root_.name());
  const v1::Person chief = MadePerson("S-1", office.name());
  const v1::Person deputy = MadePerson("S-2", office.name());
  Granted(chief.name(), "roles/organ", root_.name());
  v1::CreateDelegationRequest request;
  request.mutable_delegation()->set_delegator(chief.name());
  request.mutable_delegation()->set_delegate(deputy.name());
  *request.mutable_delegation()->mutable_first_date() = clock::ToDate(absl::CivilDay(2025, 3, 10));
  *request.mutable_delegation()->mutable_last_date() = clock::ToDate(absl::CivilDay(2025, 3, 11));
  request.mutable_delegation()->set_reason("病假");
  request.set_request_id(test::RequestId());
  EXPECT_THAT(served_.Call<v1::Delegation>(
                  "/qinglian.organization.v1.DelegationService/CreateDelegation", request,
                  test::CallAs("persons/clerk", {test::GrantOf("roles/organ", office.name())})),
              RefusedBy(kWithinReach));
}

// What an administrator of a subtree may grant, and see.
TEST_F(CallersTest, NobodyGrantsBeyondHisOwnSubtree) {
  const v1::Organization own = Made("预算处", root_.name());
  const v1::Person person = MadePerson("S-1", own.name());
  const rpc::CallOptions local =
      test::CallAs("clients/local", {test::GrantOf("roles/administrator", own.name())});
  const auto grant = [&](const std::string& organization) {
    return served_
        .Call<v1::RoleBinding>("/qinglian.organization.v1.RoleBindingService/GrantRole",
                               Wanted(person.name(), "roles/organ", organization), local)
        .status();
  };
  EXPECT_TRUE(grant(own.name()).ok());
  const absl::Status above = grant(root_.name());
  const absl::Status absent = grant("organizations/00000000-0000-7000-8000-0000000000ff");
  EXPECT_EQ(above.code(), absl::StatusCode::kNotFound) << above;
  EXPECT_EQ(absent.code(), absl::StatusCode::kNotFound) << absent;
  EXPECT_EQ(grant("").code(), absl::StatusCode::kPermissionDenied);
  Granted(person.name(), "roles/reviewer", root_.name());
  const auto listed = served_.Call<v1::ListRoleBindingsResponse>(
      "/qinglian.organization.v1.RoleBindingService/ListRoleBindings",
      v1::ListRoleBindingsRequest(), local);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->role_bindings_size(), 1);
}

}  // namespace
}  // namespace qinglian::organization
