// The risk service: power items, risk points, assessments, controls.
#include "common/serving/main.h"

#include "migrations/risk_migrations.h"
#include "services/risk/server.h"

int main(int argc, char** argv) {
  using qinglian::risk::RiskServer;
  return qinglian::serving::Main(
      argc, argv,
      {.service = "risk",
       .usage = "risk: the registry of power items, risk points and their controls. "
                "Usage: risk [serve|migrate]",
       .migrations = qinglian::risk::Migrations(),
       .deletable_tables = qinglian::risk::DeletableTables(),
       .build = [](const qinglian::serving::Environment& environment) {
         return RiskServer::Make(environment);
       }});
}
