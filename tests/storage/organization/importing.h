// Streams rows into imports and gathers what became of them.
#ifndef QINGLIAN_TESTS_STORAGE_ORGANIZATION_IMPORTING_H_
#define QINGLIAN_TESTS_STORAGE_ORGANIZATION_IMPORTING_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {

// What became of a stream of batches.
struct Outcome {
  int created = 0, updated = 0, unchanged = 0, skipped = 0, posts = 0, assignments = 0;
  bool rolled_back = false;
  // "line field REASON" of each refused row.
  std::vector<std::string> refused;
  std::vector<int64_t> deferred;
  absl::Status status;
  // The whole of the answers, for what must not be in them.
  std::string text;
};

class ImportingTest : public RegistryTest {
 protected:
  using OrganizationRows = std::vector<v1::ImportRow>;
  using PersonRows = std::vector<v1::ImportPersonRow>;

  // The row of an organization that is known by `id`, below the one known by `superior`.
  static v1::ImportRow Row(int64_t line, const std::string& id, const std::string& superior = "") {
    v1::ImportRow row;
    row.set_line(line);
    row.set_parent_external_id(superior);
    v1::Organization& organization = *row.mutable_organization();
    organization.set_display_name(absl::StrCat("单位", id));
    organization.set_kind(v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
    organization.set_level(v1::Division::LEVEL_PROVINCE);
    organization.set_division("divisions/33");
    organization.add_external_identifiers()->set_source("zhejiang");
    organization.mutable_external_identifiers(0)->set_id(id);
    return row;
  }

  // The row of a person in the organization known by `organization`.
  static v1::ImportPersonRow PersonRow(int64_t line, const std::string& staff_number,
                                       const std::string& organization) {
    v1::ImportPersonRow row;
    row.set_line(line);
    row.mutable_person()->set_display_name("李示例");
    row.mutable_person()->set_staff_number(staff_number);
    row.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
    row.mutable_organization_identifier()->set_source("zhejiang");
    row.mutable_organization_identifier()->set_id(organization);
    return row;
  }
  // The same with a post that he holds.
  static v1::ImportPersonRow Holding(v1::ImportPersonRow row, const std::string& post,
                                     int head_count = 1,
                                     v1::Post::Rank rank = v1::Post::RANK_STAFF) {
    v1::ImportPersonRow::HeldPost& held = *row.add_posts();
    held.mutable_post()->set_display_name(post);
    held.mutable_post()->set_rank(rank);
    held.mutable_post()->set_head_count(head_count);
    return row;
  }

  // Sends the batches one by one, each with `terms`; `change` may change a message by its number.
  template <class Request>
  using Change = std::function<void(int, Request&)>;
  Outcome Organizations(const v1::ImportOrganizationsRequest& terms,
                        const std::vector<OrganizationRows>& batches,
                        const Change<v1::ImportOrganizationsRequest>& change = nullptr,
                        const rpc::CallOptions& options = test::CallAs("clients/test")) {
    return Stream<v1::ImportOrganizationsRequest, v1::ImportOrganizationsResponse>(
        "OrganizationService/ImportOrganizations", terms, batches, change, options);
  }
  Outcome Persons(const v1::ImportPersonsRequest& terms, const std::vector<PersonRows>& batches,
                  const Change<v1::ImportPersonsRequest>& change = nullptr,
                  const rpc::CallOptions& options = test::CallAs("clients/test")) {
    return Stream<v1::ImportPersonsRequest, v1::ImportPersonsResponse>(
        "PersonService/ImportPersons", terms, batches, change, options);
  }

  std::string Count(const std::string& table) {
    return served_.database().Value(absl::StrCat("SELECT COUNT(*) FROM ", table));
  }

 private:
  template <class Request, class Response, class Batches>
  Outcome Stream(const std::string& method, const Request& terms, const Batches& batches,
                 const Change<Request>& change, rpc::CallOptions options) {
    options.timeout = absl::Seconds(60);
    rpc::BidiStreamClient<Request, Response> stream(served_.channel(),
                                                    "/qinglian.organization.v1." + method, options);
    Outcome outcome;
    Response response;
    for (size_t i = 0; i < batches.size(); ++i) {
      Request request = terms;
      request.mutable_rows()->Add(batches[i].begin(), batches[i].end());
      if (change != nullptr) change(static_cast<int>(i), request);
      if (!stream.Write(request)) break;
      if (terms.all_or_nothing()) continue;
      if (!stream.Read(&response)) break;
      Add(response, outcome);
    }
    stream.WritesDone();
    while (stream.Read(&response)) Add(response, outcome);
    outcome.status = stream.Finish();
    return outcome;
  }

  template <class Response>
  static void Add(const Response& response, Outcome& outcome) {
    outcome.created += response.created_count();
    outcome.updated += response.updated_count();
    outcome.unchanged += response.unchanged_count();
    outcome.skipped += response.skipped_count();
    outcome.rolled_back = outcome.rolled_back || response.rolled_back();
    AddMore(response, outcome);
    for (const auto& error : response.errors()) {
      outcome.refused.push_back(absl::StrCat(error.line(), " ", error.field(), " ",
                                             status::ReasonOf(status::FromProto(error.status()))));
    }
    outcome.text += response.DebugString();
  }
  static void AddMore(const v1::ImportOrganizationsResponse& response, Outcome& outcome) {
    outcome.deferred.insert(outcome.deferred.end(), response.deferred_lines().begin(),
                            response.deferred_lines().end());
  }
  static void AddMore(const v1::ImportPersonsResponse& response, Outcome& outcome) {
    outcome.posts += response.post_count();
    outcome.assignments += response.assignment_count();
  }
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_TESTS_STORAGE_ORGANIZATION_IMPORTING_H_
