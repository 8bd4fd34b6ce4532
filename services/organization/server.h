// The organization service put together.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_SERVER_H_
#define QINGLIAN_SERVICES_ORGANIZATION_SERVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "common/seal/sealed_values.h"
#include "common/seal/sealing_keys.h"
#include "common/serving/application.h"
#include "services/organization/appointment_talk_service.h"
#include "services/organization/assignment_service.h"
#include "services/organization/caller_service.h"
#include "services/organization/client_service.h"
#include "services/organization/coverage_service.h"
#include "services/organization/delegation_service.h"
#include "services/organization/division_edition_service.h"
#include "services/organization/division_service.h"
#include "services/organization/metrics.h"
#include "services/organization/organization_service.h"
#include "services/organization/oversight_link_service.h"
#include "services/organization/pending_actions.h"
#include "services/organization/person_service.h"
#include "services/organization/planned_change_service.h"
#include "services/organization/post_service.h"
#include "services/organization/responsibility_letter_service.h"
#include "services/organization/responsibility_service.h"
#include "services/organization/role_binding_service.h"
#include "services/organization/sealing_service.h"
#include "services/organization/term_of_office_service.h"

namespace qinglian::organization {

class OrganizationServer : public serving::Application {
 public:
  // `sealing_keys` null: no identity numbers are taken.
  explicit OrganizationServer(const serving::Environment& environment,
                              std::shared_ptr<const seal::SealingKeys> sealing_keys = nullptr);

  std::vector<rpc::Service*> services() override;
  std::vector<journal::SnapshotSource> snapshots() override;
  void DeclareMetrics(metrics::Registry& registry) override;
  std::vector<serving::ClockTask> clock_tasks() override;
  absl::Status CheckSchema(mysql::Connection& connection) override;

 private:
  const serving::Environment& environment_;
  const seal::SealedValues sealed_values_;
  DivisionService divisions_;
  DivisionEditionService division_editions_;
  OrganizationService organizations_;
  PlannedChangeService planned_changes_;
  PersonService persons_;
  PostService posts_;
  AssignmentService assignments_;
  ResponsibilityLetterService letters_;
  ResponsibilityService responsibilities_;
  TermOfOfficeService terms_;
  AppointmentTalkService talks_;
  OversightLinkService links_;
  CoverageService coverage_;
  ClientService clients_;
  RoleBindingService role_bindings_;
  DelegationService delegations_;
  CallerService callers_;
  PendingActions pending_actions_;
  SealingService sealing_;
  std::optional<OrganizationMetrics> metrics_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_SERVER_H_
