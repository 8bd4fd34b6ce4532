// The organization service: divisions, organizations and their tree, persons, posts, assignments,
// letters.
#include "common/serving/main.h"

#include <memory>

#include "migrations/organization_migrations.h"
#include "services/organization/server.h"

int main(int argc, char** argv) {
  using qinglian::organization::OrganizationServer;
  return qinglian::serving::Main(
      argc, argv,
      {.service = "organization",
       .usage = "organization: the registry of organizations, posts and responsibilities. "
                "Usage: organization [serve|migrate]",
       .migrations = qinglian::organization::Migrations(),
       .build = [](const qinglian::serving::Environment& environment) {
         return std::make_unique<OrganizationServer>(environment);
       }});
}
