// The organization service: divisions, organizations and their tree, persons, posts, assignments,
// letters.
#include "common/serving/main.h"

#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "common/seal/sealing_keys.h"
#include "migrations/organization_migrations.h"
#include "services/organization/server.h"

ABSL_FLAG(
    std::string, sealing_key_file, "",
    "The keys of sealed values, as qlctl seal make-key makes them; read anew when it changes. "
    "Empty: no identity numbers are taken.");

namespace {

using qinglian::organization::OrganizationServer;
using qinglian::seal::SealingKeys;

absl::StatusOr<std::unique_ptr<qinglian::serving::Application>> Build(
    const qinglian::serving::Environment& environment) {
  const std::string file = absl::GetFlag(FLAGS_sealing_key_file);
  if (file.empty()) return std::make_unique<OrganizationServer>(environment);
  absl::StatusOr<std::shared_ptr<const SealingKeys>> keys = SealingKeys::Load(file);
  if (!keys.ok()) return keys.status();
  return std::make_unique<OrganizationServer>(environment, *keys);
}

}  // namespace

int main(int argc, char** argv) {
  return qinglian::serving::Main(
      argc, argv,
      {.service = "organization",
       .usage = "organization: the registry of organizations, posts and responsibilities. "
                "Usage: organization [serve|migrate]",
       .migrations = qinglian::organization::Migrations(),
       .deletable_tables = qinglian::organization::DeletableTables(),
       .build = Build});
}
