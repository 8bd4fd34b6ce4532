#include "tests/flow/door/pass.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/ctl/contract.h"
#include "tests/support/spread.h"

namespace qinglian::test {

void Pass::Run(const std::vector<Probe>& probes, const std::vector<access::v1::Role>& roles,
               const std::vector<Relation>& relations) {
  Spread(probes.size(), [&](size_t i) {
    for (const access::v1::Role& role : roles) Row(probes[i], role, relations);
  });
}

void Pass::Row(const Probe& probe, const access::v1::Role& role,
               const std::vector<Relation>& relations) {
  std::string expected, outcomes, reasons;
  for (const Relation relation : relations) {
    const std::string& granted_at = house_.GrantedAt(HomeOf(house_, probe), relation);
    const auto response = ctl::NewMessage(*probe.method->output_type());
    const absl::Status status =
        ask_(*probe.method, *RequestOf(house_, probe), *response, role, granted_at);
    NoteForm(probe, status);
    expected += Expected(house_, probe, role, granted_at);
    outcomes += Outcome(probe, status);
    const std::string reason = status::ReasonOf(status);
    // What has no reason comes from no service of ours.
    absl::StrAppend(&reasons, " ", reason.empty() ? status.ToString() : reason);
  }
  EXPECT_EQ(outcomes, expected) << probe.method->full_name() << " by " << role.name() << reasons;
  hidden_ += static_cast<int>(std::count(outcomes.begin(), outcomes.end(), kHidden));
  let_in_ += static_cast<int>(std::count(outcomes.begin(), outcomes.end(), kLetIn));
}

void Pass::NoteForm(const Probe& probe, const absl::Status& status) {
  if (probe.target == nullptr || status::ReasonOf(status) != "FIELDS_INVALID") return;
  const std::lock_guard lock(mutex_);
  undecided_.insert(absl::StrCat(probe.method->full_name(), ": ", std::string(status.message())));
}

}  // namespace qinglian::test
