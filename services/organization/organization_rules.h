// The rules of the organization tree: pure functions over messages and paths.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "google/type/date.pb.h"
#include "qinglian/organization/v1/organization.pb.h"

namespace qinglian::organization {

// The tree is at most this deep.
inline constexpr size_t kMaxDepth = 16;
// The bytes of an id in a path.
inline constexpr size_t kPathStep = 16;

inline constexpr status::Guard kNoCycle{"NO_CYCLE", "an organization cannot be moved below itself",
                                        "组织不能移动到自身或其下级之下"};
inline constexpr status::Guard kDepth{"DEPTH", "the tree would be deeper than 16 levels",
                                      "组织树将超过十六级"};

inline constexpr status::Guard kHistoryStoodStill{
    "HISTORY_STOOD_STILL", "since that day nothing has changed that would have to change too",
    "自该日起相关记录未再变动"};
inline constexpr status::Guard kHistoryKnown{"HISTORY_KNOWN", "it was there in all of that time",
                                             "该期间内组织须一直存在"};
inline constexpr status::Guard kFewEnough{
    "FEW_ENOUGH", "at most 5,000 resources change hands at once", "一次移交的对象不得超过五千个"};
inline constexpr status::Guard kPartsItsOwn{
    "PARTS_ITS_OWN", "what is handed over is the organization's own, and named once",
    "移交的对象须属于该组织，且只能列出一次"};
inline constexpr status::Guard kNoParts{"NO_PARTS", "nothing below it exists any more",
                                        "其下已无现存组织"};
inline constexpr status::Guard kNoHolders{"NO_HOLDERS", "nobody holds a post of it",
                                          "其岗位均无人任职"};
inline constexpr status::Guard kNoPersons{"NO_PERSONS", "it employs nobody any more",
                                          "已无在职人员"};

// How many resources change hands at once: what one transaction may hold.
inline constexpr size_t kMaxHandedOver = 5'000;

using OrganizationTransition = lifecycle::Transition<v1::Organization>;

inline constexpr OrganizationTransition kUpdateOrganization{
    "update", lifecycle::OneOf(v1::Organization::STATE_ACTIVE)};
inline constexpr OrganizationTransition kMoveOrganization{
    "move", lifecycle::OneOf(v1::Organization::STATE_ACTIVE)};
inline constexpr OrganizationTransition kMergeOrganization{
    "merge", lifecycle::OneOf(v1::Organization::STATE_ACTIVE), v1::Organization::STATE_MERGED};
inline constexpr OrganizationTransition kSplitOrganization{
    "split", lifecycle::OneOf(v1::Organization::STATE_ACTIVE), v1::Organization::STATE_SPLIT};
inline constexpr OrganizationTransition kAbolishOrganization{
    "abolish", lifecycle::OneOf(v1::Organization::STATE_ACTIVE), v1::Organization::STATE_ABOLISHED};
// The record of what has ended can be wrong too.
inline constexpr OrganizationTransition kCorrectOrganization{
    "correct", lifecycle::OneOf(v1::Organization::STATE_ACTIVE, v1::Organization::STATE_ABOLISHED,
                                v1::Organization::STATE_MERGED, v1::Organization::STATE_SPLIT)};

// The day after every other.
inline constexpr absl::CivilDay kEndOfTime(9999, 12, 31);

// The days [from, to).
struct Span {
  absl::CivilDay from;
  absl::CivilDay to = kEndOfTime;
};

// What is known of an organization in a span.
struct Standing {
  // Whether it was there from the first day on, and ACTIVE all the while.
  bool there = false;
  bool active = false;
  // Whether it, or what lies above it, was moved within; whether it itself was changed.
  bool moved = false;
  bool changed = false;
  // Its path on the first day.
  std::string path = {};

  // Whether something can be made to have lain below it all the while.
  bool CanHold() const { return there && active && !moved; }
};

// A day that has come: today where `date` is not set. INVALID_ARGUMENT, reason TIME_IN_FUTURE
// naming `field`, for a day to come.
absl::StatusOr<absl::CivilDay> DayUntil(const google::type::Date& date, absl::CivilDay today,
                                        const char* field);

// The first day of a change: today where `date` is not set. INVALID_ARGUMENT, reason
// TIME_IN_FUTURE, for a day to come.
absl::StatusOr<absl::CivilDay> EffectiveDay(const google::type::Date& date, absl::CivilDay today);

// The day that a question is about: today where `date` is not set. INVALID_ARGUMENT, reason
// TIME_IN_FUTURE naming `as_of_date`, for a day to come.
absl::StatusOr<absl::CivilDay> AsOfDay(const google::type::Date& date, absl::CivilDay today);

// The days of a correction; `last` may be unset. INVALID_ARGUMENT, reason TIME_IN_FUTURE or
// TIME_INVALID, for days that have not passed or are not in order.
absl::StatusOr<Span> CorrectedSpan(const google::type::Date& first, const google::type::Date& last,
                                   absl::CivilDay today);

// Checks that an organization is in a state that `transition` leaves. FAILED_PRECONDITION, reason
// RESOURCE_ENDED with its heirs, where it has ended.
absl::Status CheckExists(const v1::Organization& organization,
                         const OrganizationTransition& transition);

// FAILED_PRECONDITION, reason RESOURCE_ENDED, with the heirs that `organization` has: for what
// refers to it.
absl::Status Ended(const v1::Organization& organization);

// Ends an organization by one of the last three transitions; `heirs` are names. Its credit code is
// free from then on: the history keeps it.
void End(v1::Organization& organization, const OrganizationTransition& transition,
         const std::vector<std::string>& heirs, absl::CivilDay day);

// What an organization has, where it is to be abolished.
struct AbolishFacts {
  bool parts = false;
  bool holders = false;
  bool persons = false;
};
absl::Status CheckAbolish(const v1::Organization& organization, const AbolishFacts& facts);

// Checks what the fields of an organization say of each other. INVALID_ARGUMENT with every fault: a
// party body needs its type and nothing else may have one, sources of external identifiers differ.
absl::Status CheckConsistency(const v1::Organization& organization);

// Checks that an organization may be placed under a parent. Paths are the ids from the root, 16
// bytes each; that of a root's missing parent is empty. `height` is how many levels the moved
// subtree has or had, 1 for a leaf or a new one.
absl::Status CheckPlace(const v1::Organization& organization, std::string_view own_path,
                        std::string_view parent_path, size_t height);

// The text that names are searched by: the full and the short name, normalized (NFKC, case folded),
// each in a line.
std::string SearchText(const v1::Organization& organization);

// The lines of the search texts of an organization's history that are not among those of `today`,
// sorted, each once.
std::string FormerText(std::string_view today, const std::vector<std::string>& texts);

// The part of the tree that an organization lies in: the id of the child of a root that is above
// it, or is itself; a root is its own. `path` is not empty.
std::string_view AreaOf(std::string_view path);

// A query or a name in the form of SearchText.
std::string Normalize(std::string_view text);

// Every two neighbouring characters of the lines of a search text, each once, sorted.
std::vector<std::string> Pieces(std::string_view search_text);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_
