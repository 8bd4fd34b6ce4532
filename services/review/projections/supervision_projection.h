// What this service follows of supervision: the cases and rectification items about the units that
// apply and hold titles, and the evidence files that they name.
#ifndef QINGLIAN_SERVICES_REVIEW_PROJECTIONS_SUPERVISION_PROJECTION_H_
#define QINGLIAN_SERVICES_REVIEW_PROJECTIONS_SUPERVISION_PROJECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/declare.h"
#include "common/projection/projection.h"
#include "services/review/application_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"
#include "services/review/title_store.h"

// Where the supervision service is called.
ABSL_DECLARE_FLAG(std::string, supervision_address);

namespace qinglian::review {

// Open serious cases and overdue items bar a unit from being short-listed and from being named. A
// serious case that is confirmed disqualifies the unit's running applications and suspends its
// titles, once, with the case as the reason (L-4). Evidence is known by its digest.
class SupervisionProjection final : public projection::Projection {
 public:
  std::string feed() const override { return "supervision"; }
  std::vector<std::string> kinds() const override;
  absl::Status Apply(mysql::Connection& connection, const journal::v1::Change& change) override;
  absl::Status Remove(mysql::Connection& connection, std::string_view kind,
                      std::string_view resource) override;
  std::vector<projection::Effect> Effects(const journal::v1::Change& change) override;

 private:
  // The case and what it is about.
  struct Confirmed {
    std::string name;
    std::string organization;
  };
  absl::Status Strike(journal::Transaction& tx, const Confirmed& confirmed);
  absl::Status DisqualifyOne(journal::Transaction& tx, const std::string& application,
                             const Confirmed& confirmed);
  absl::Status SuspendOne(journal::Transaction& tx, const std::string& title,
                          const Confirmed& confirmed);

  Registry registry_;
  ReviewRoundStore rounds_;
  ApplicationStore applications_;
  TitleStore titles_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_PROJECTIONS_SUPERVISION_PROJECTION_H_
