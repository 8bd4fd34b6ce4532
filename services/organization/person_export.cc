#include "services/organization/person_export.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/journal/reading.h"
#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/organization/export_place.h"
#include "services/organization/organization_walk.h"

namespace qinglian::organization {
namespace {

constexpr size_t kRowsAtOnce = 500;

// One export under way. Used by one thread.
class Export {
 public:
  Export(const PersonExportStores& stores, rpc::Call& call, const v1::ExportPersonsRequest& request,
         rpc::Writer<v1::ExportPersonsResponse>& responses)
      : stores_(stores),
        call_(call),
        request_(request),
        question_("persons under " + request.subtree()),
        responses_(responses),
        walk_(stores.environment, stores.organizations, call) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(place_, PlaceOf(stores_.environment.tokens, question_, request_.page_token()));
    walk_.BeginAt(place_.organization);
    resuming_ = place_.line > 0;
    return walk_.Run(
        request_.subtree(), access::v1::SENSITIVITY_PERSONAL,
        [&](const std::vector<v1::Organization>& organizations) -> absl::Status {
          for (size_t done = 0; done < organizations.size(); done += kIdsAtOnce) {
            const size_t end = std::min(done + kIdsAtOnce, organizations.size());
            RETURN_IF_ERROR(Visit({organizations.begin() + done, organizations.begin() + end}));
          }
          return absl::OkStatus();
        });
  }

 private:
  // A post that somebody holds, and by which assignment.
  using Held = std::pair<v1::Post, v1::Assignment>;
  // What tells posts apart in rows: organization, name, rank.
  using PostKey = std::tuple<std::string, std::string, int>;
  static PostKey PostKeyOf(const v1::Post& post) {
    return {post.organization(), post.display_name(), post.rank()};
  }

  // At most kIdsAtOnce organizations.
  absl::Status Visit(const std::vector<v1::Organization>& organizations) {
    std::vector<std::string> ids;
    std::map<std::string, size_t> places;
    for (const v1::Organization& organization : organizations) {
      places[organization.name()] = ids.size();
      ASSIGN_OR_RETURN(std::string id,
                       stores_.organizations.plan().type().IdOf(organization.name()));
      ids.push_back(std::move(id));
      known_[organization.name()] = organization;
    }
    ASSIGN_OR_RETURN(std::vector<v1::Person> persons,
                     OneOf<v1::Person>(stores_.persons, "persons.organization", ids));
    std::sort(persons.begin(), persons.end(), [&](const v1::Person& one, const v1::Person& other) {
      return std::pair(places[one.organization()], one.staff_number()) <
             std::pair(places[other.organization()], other.staff_number());
    });
    RETURN_IF_ERROR(LeaveOutSent(persons));
    for (size_t done = 0; done < persons.size(); done += kRowsAtOnce) {
      const size_t end = std::min(done + kRowsAtOnce, persons.size());
      RETURN_IF_ERROR(Send({persons.begin() + done, persons.begin() + end}));
    }
    known_.clear();
    return absl::OkStatus();
  }

  // Where one that broke off goes on: its organization comes first, with all persons of it.
  absl::Status LeaveOutSent(std::vector<v1::Person>& persons) {
    if (!resuming_) return absl::OkStatus();
    resuming_ = false;
    const auto last = std::find_if(persons.begin(), persons.end(), [&](const v1::Person& person) {
      return person.name() == place_.person;
    });
    if (last == persons.end()) return status::Error(status::kPageTokenInvalid);
    persons.erase(persons.begin(), last + 1);
    return absl::OkStatus();
  }

  absl::Status Send(const std::vector<v1::Person>& persons) {
    ASSIGN_OR_RETURN(const auto held, HeldBy(persons));
    v1::ListPersonsResponse shown;
    v1::ExportPersonsResponse response;
    for (const v1::Person& person : persons) {
      *shown.add_persons() = person;
      v1::ImportPersonRow& row = *response.add_rows();
      row.set_line(++place_.line);
      Fill(person, held, row);
    }
    place_.organization = persons.back().organization();
    place_.person = persons.back().name();
    response.set_next_page_token(TokenOf(stores_.environment.tokens, question_, place_));
    RETURN_IF_ERROR(journal::RecordReading(stores_.environment.journal, call_, request_, shown));
    return responses_.Write(response) ? absl::OkStatus() : status::Error(status::kCancelled);
  }

  // Posts that are told apart by nothing that a row says are one post in it, for all heads.
  absl::Status Merge(std::vector<v1::Post>& posts) {
    for (size_t done = 0; done < posts.size(); done += kIdsAtOnce) {
      const size_t end = std::min(done + kIdsAtOnce, posts.size());
      ASSIGN_OR_RETURN(const std::vector<v1::Post> alike,
                       AlikeTo({posts.begin() + done, posts.begin() + end}));
      std::map<PostKey, v1::Post> merged;
      for (const v1::Post& post : alike) {
        const auto [one, first] = merged.insert({PostKeyOf(post), post});
        if (first) continue;
        one->second.set_head_count(std::max(1, one->second.head_count()) +
                                   std::max(1, post.head_count()));
        one->second.set_key_post(one->second.key_post() || post.key_post());
      }
      for (size_t i = done; i < end; ++i) {
        const auto one = merged.find(PostKeyOf(posts[i]));
        if (one == merged.end()) continue;
        posts[i].set_head_count(one->second.head_count());
        posts[i].set_key_post(one->second.key_post());
      }
    }
    return absl::OkStatus();
  }

  // The posts of the same organizations and names, at most kIdsAtOnce given.
  absl::StatusOr<std::vector<v1::Post>> AlikeTo(const std::vector<v1::Post>& posts) const {
    std::vector<std::string> organizations, names;
    for (const v1::Post& post : posts) {
      ASSIGN_OR_RETURN(std::string id,
                       stores_.organizations.plan().type().IdOf(post.organization()));
      organizations.push_back(std::move(id));
      names.push_back(post.display_name());
    }
    return ReadAll<v1::Post>(posts_, stores_.environment, call_, [&] {
      std::vector<paging::Condition> conditions;
      conditions.push_back(HoldsOneOf("posts.organization", organizations));
      conditions.push_back(HoldsOneOf("posts.display_name", names));
      conditions.push_back({"posts.state = 'STATE_ACTIVE'", {}});
      return conditions;
    });
  }

  // What these persons hold now, of what the caller sees; the organizations of it are known then.
  absl::StatusOr<std::map<std::string, std::vector<Held>>> HeldBy(
      const std::vector<v1::Person>& persons) {
    std::vector<std::string> ids;
    for (const v1::Person& person : persons) {
      ASSIGN_OR_RETURN(std::string id, stores_.persons.plan().type().IdOf(person.name()));
      ids.push_back(std::move(id));
    }
    ASSIGN_OR_RETURN(const std::vector<v1::Assignment> assignments,
                     OneOf<v1::Assignment>(assignments_, "assignments.person", ids,
                                           "assignments.state = 'STATE_CURRENT'"));
    std::set<std::string> post_ids, strange;
    for (const v1::Assignment& assignment : assignments) {
      ASSIGN_OR_RETURN(std::string id, posts_.plan().type().IdOf(assignment.post()));
      post_ids.insert(std::move(id));
      if (known_.count(assignment.organization()) == 0) strange.insert(assignment.organization());
    }
    ASSIGN_OR_RETURN(std::vector<v1::Post> posts,
                     OneOf<v1::Post>(posts_, "posts.id", {post_ids.begin(), post_ids.end()}));
    RETURN_IF_ERROR(Merge(posts));
    ASSIGN_OR_RETURN(const auto others, walk_.Named({strange.begin(), strange.end()}));
    known_.insert(others.begin(), others.end());
    std::map<std::string, v1::Post> by_name;
    for (const v1::Post& post : posts) by_name[post.name()] = post;
    std::map<std::string, std::vector<Held>> held;
    for (const v1::Assignment& assignment : assignments) {
      const auto post = by_name.find(assignment.post());
      if (post == by_name.end() || known_.count(post->second.organization()) == 0) continue;
      held[assignment.person()].emplace_back(post->second, assignment);
    }
    return held;
  }

  void Fill(const v1::Person& person, const std::map<std::string, std::vector<Held>>& held,
            v1::ImportPersonRow& row) const {
    v1::Person& body = *row.mutable_person();
    body = person;
    resource::KeepInput(body);
    body.clear_identity_number();
    body.clear_organization();
    *row.mutable_organization_identifier() = IdentifierOf(known_.at(person.organization()));
    const auto posts = held.find(person.name());
    if (posts == held.end()) return;
    std::set<PostKey> seen;
    for (const auto& [post, assignment] : posts->second) {
      if (!seen.insert(PostKeyOf(post)).second) continue;
      v1::ImportPersonRow::HeldPost& into = *row.add_posts();
      *into.mutable_post() = post;
      resource::KeepInput(*into.mutable_post());
      into.mutable_post()->clear_organization();
      if (post.organization() != person.organization())
        *into.mutable_organization_identifier() = IdentifierOf(known_.at(post.organization()));
      into.set_acting(assignment.acting());
      if (assignment.has_start_date()) *into.mutable_start_date() = assignment.start_date();
      into.set_document_number(assignment.document_number());
    }
    std::sort(row.mutable_posts()->begin(), row.mutable_posts()->end(),
              [](const auto& one, const auto& other) { return KeyOf(one) < KeyOf(other); });
  }

  static std::tuple<int, std::string, std::string, std::string> KeyOf(
      const v1::ImportPersonRow::HeldPost& held) {
    return {held.post().rank(), held.post().display_name(), held.organization_identifier().source(),
            held.organization_identifier().id()};
  }

  // All rows whose column holds one of these ids.
  template <class T>
  absl::StatusOr<std::vector<T>> OneOf(const resource::Store<T>& store, const char* column,
                                       const std::vector<std::string>& ids,
                                       const char* further = "TRUE") const {
    std::vector<T> all;
    for (size_t done = 0; done < ids.size(); done += kIdsAtOnce) {
      const std::vector<std::string> some(ids.begin() + done,
                                          ids.begin() + std::min(done + kIdsAtOnce, ids.size()));
      ASSIGN_OR_RETURN(std::vector<T> found, ReadAll<T>(store, stores_.environment, call_, [&] {
                         std::vector<paging::Condition> conditions;
                         conditions.push_back(HoldsOneOf(column, some));
                         conditions.push_back({further, {}});
                         return conditions;
                       }));
      std::move(found.begin(), found.end(), std::back_inserter(all));
    }
    return all;
  }

  const PersonExportStores stores_;
  rpc::Call& call_;
  const v1::ExportPersonsRequest& request_;
  const std::string question_;
  rpc::Writer<v1::ExportPersonsResponse>& responses_;
  OrganizationWalk walk_;
  resource::Store<v1::Post> posts_;
  resource::Store<v1::Assignment> assignments_;
  // The organizations that rows refer to, by name.
  std::map<std::string, v1::Organization> known_;
  ExportPlace place_;
  // Whether what was sent before is still to be left out.
  bool resuming_ = false;
};

}  // namespace

absl::Status ExportPersons(const PersonExportStores& stores, rpc::Call& call,
                           const v1::ExportPersonsRequest& request,
                           rpc::Writer<v1::ExportPersonsResponse>& responses) {
  return Export(stores, call, request, responses).Run();
}

}  // namespace qinglian::organization
