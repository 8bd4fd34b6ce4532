#include "tests/fault/house.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "google/protobuf/util/json_util.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/ctl/contract.h"

namespace qinglian::test {
namespace {

using google::protobuf::Message;

// What a follower keeps of the registry, under the names that both sides have for it, and the
// state, which is empty where a snapshot no longer knew the row.
struct Known {
  const char* of;
  const char* as;
  const char* state;
};
constexpr Known kKnown[] = {{"organizations", "known_organizations", "state"},
                            {"posts", "known_posts", "state"},
                            {"persons", "known_persons", "employment_state"},
                            {"assignments", "known_assignments", "state"}};

// The rows of a table with their versions and states, as one number that two tables share only
// where they agree.
std::string Print(const TestDatabase& database, const char* table, const char* state) {
  return database.Value(absl::Substitute(
      "SELECT CONCAT(COUNT(*), '/', COALESCE(SUM(CRC32(CONCAT(HEX(id), version, $1))), 0)) FROM $0 "
      "WHERE $1 <> ''",
      table, state));
}

}  // namespace

const std::vector<std::string>& Services() {
  static const auto& services =
      *new std::vector<std::string>{"organization", "risk", "supervision", "review"};
  return services;
}

absl::Duration Length(absl::Duration otherwise) {
  const char* text = std::getenv("QINGLIAN_TEST_SECONDS");
  int seconds = 0;
  return text != nullptr && absl::SimpleAtoi(text, &seconds) ? absl::Seconds(seconds) : otherwise;
}

bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration within) {
  const absl::Time until = absl::Now() + within;
  while (!holds()) {
    if (absl::Now() > until) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return true;
}

std::string TextOf(const Message& message, const std::string& field) {
  return message.GetReflection()->GetString(message,
                                            message.GetDescriptor()->FindFieldByName(field));
}

House::House(bool twice) : system_(Services(), "info", "", twice) {
  Do("DivisionService.ImportDivisions",
     R"({"divisions": [{"name": "divisions/33", "display_name": "浙江省",
      "level": "LEVEL_PROVINCE", "vintage": 2023}]})");
  const std::string unit = R"("kind": "KIND_GOVERNMENT_DEPARTMENT", "division": "divisions/33",
      "level": "LEVEL_PROVINCE")";
  organization_ = TextOf(
      *Do("OrganizationService.CreateOrganization",
          absl::Substitute(R"({"organization": {"display_name": "浙江省财政厅", $0}})", unit)),
      "name");
  const std::string post =
      TextOf(*Do("PostService.CreatePost",
                 absl::Substitute(R"({"post": {"organization": "$0", "display_name": "审核岗",
          "rank": "RANK_STAFF", "head_count": 1}})",
                                  organization_)),
             "name");
  const std::string person = TextOf(
      *Do("PersonService.CreatePerson", absl::Substitute(R"({"person": {"display_name": "张示例",
          "staff_number": "FAULT-1", "organization": "$0", "employment_state": "EMPLOYMENT_STATE_EMPLOYED"}})",
                                                         organization_)),
      "name");
  Do("AssignmentService.CreateAssignment",
     absl::Substitute(R"({"assignment": {"person": "$0", "post": "$1"}})", person, post));
  for (const char* role : {"roles/organ", "roles/dispatchedGroup", "roles/workingCommittee"})
    system_.Grant(person, role, organization_);
  works_.push_back(
      {"organization", "Organization", "organizations",
       absl::Substitute(R"({"display_name": "负载单位", "parent": "$0", $1})", organization_, unit),
       "contact"});
  works_.push_back({"risk", "PowerItem", "power_items",
                    absl::Substitute(R"({"organization": "$0", "post": "$1", "display_name": "审核",
                        "legal_basis": "《预算法》", "steps": [{"display_name": "受理"}]})",
                                     organization_, post),
                    "remedy", person});
  works_.push_back(
      {"supervision", "Inspection", "inspections",
       absl::Substitute(
           R"({"organization": "$0", "display_name": "专项督查", "kind": "KIND_SPECIAL",
                        "targets": ["$0"], "leader": "$1", "planned_start_date": {"year": 2025, "month": 4, "day": 14},
                        "planned_end_date": {"year": 2025, "month": 4, "day": 18}})",
           organization_, person),
       "document_number", person});
  works_.push_back(
      {"review", "Programme", "programmes",
       absl::Substitute(R"({"organization": "$0", "display_name": "清廉机关创建", "cycle_years": 2,
                        "validity_months": 24, "notice_working_days": 5, "title_number_prefix": "#"})",
                        organization_),
       "description", person});
  for (const std::string& line : Behind()) {
    std::cerr << line << "\n";
    std::exit(1);
  }
}

std::unique_ptr<Message> House::Do(const std::string& method, const std::string& json,
                                   const std::string& caller) {
  const auto descriptor = ctl::FindMethod(method);
  if (!descriptor.ok()) std::abort();
  const std::unique_ptr<Message> request = ctl::NewMessage(*(*descriptor)->input_type());
  if (!google::protobuf::util::JsonStringToMessage(json, request.get()).ok()) std::abort();
  ctl::SetField(*request, "request_id", id::Uuid::NewV4().ToString());
  std::unique_ptr<Message> response = ctl::NewMessage(*(*descriptor)->output_type());
  rpc::CallOptions options = system_.As(caller);
  options.timeout = absl::Seconds(20);
  options.retries = 10;
  const absl::Status status =
      rpc::InvokeRaw(*system_.channel(), ctl::PathOf(**descriptor), *request, *response, options);
  if (status.ok()) return response;
  std::cerr << method << ": " << status << "\n";
  std::exit(1);
}

absl::Status House::Reach(absl::Duration timeout, int retries) {
  organization::v1::GetOrganizationRequest request;
  request.set_name(organization_);
  organization::v1::Organization found;
  rpc::CallOptions options = system_.As(kAdministrator);
  options.timeout = timeout;
  options.retries = retries;
  return rpc::InvokeRaw(*system_.channel(),
                        "/qinglian.organization.v1.OrganizationService/GetOrganization", request,
                        found, options);
}

std::vector<std::string> House::Behind(absl::Duration within) {
  std::vector<std::string> behind;
  const absl::Time until = absl::Now() + within;
  for (const std::string& service : Services()) {
    if (service == "organization") continue;
    for (const Known& known : kKnown) {
      const auto differs = [&] {
        return Print(system_.database("organization"), known.of, known.state) !=
               Print(system_.database(service), known.as, known.state);
      };
      while (differs() && absl::Now() < until) absl::SleepFor(absl::Milliseconds(20));
      if (!differs()) continue;
      behind.push_back(absl::StrCat(
          service, ".", known.as, " is ", Print(system_.database(service), known.as, known.state),
          ", ", known.of, " is ", Print(system_.database("organization"), known.of, known.state)));
    }
  }
  return behind;
}

std::vector<std::string> House::BrokenJournals() {
  std::vector<std::string> broken;
  for (const std::string& service : Services()) {
    const std::string said = absl::StrCat(system_.folder(), "/verify.", service);
    const std::string command = absl::StrCat(
        QINGLIAN_BINARY_DIR, "/services/ctl/qlctl journal verify ", service, " --mysql='",
        system_.database(service).url(), "' --checkpoint_dir=", system_.folder(), "/", service,
        " --key_file=", system_.folder(), "/key >", said, " 2>&1");
    if (std::system(command.c_str()) == 0) continue;
    std::ifstream file(said);
    std::stringstream text;
    text << file.rdbuf();
    broken.push_back(absl::StrCat(service, ": ", text.str()));
  }
  return broken;
}

}  // namespace qinglian::test
