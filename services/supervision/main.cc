// The supervision service: inspections, cases, rectification, the working calendar and evidence.
#include "common/serving/main.h"

#include <memory>

#include "migrations/supervision_migrations.h"
#include "services/supervision/server.h"

int main(int argc, char** argv) {
  using qinglian::supervision::SupervisionServer;
  return qinglian::serving::Main(argc, argv,
                                 {.service = "supervision",
                                  .usage = "supervision: inspections, cases and what is put right. "
                                           "Usage: supervision [serve|migrate]",
                                  .migrations = qinglian::supervision::Migrations(),
                                  .deletable_tables = qinglian::supervision::DeletableTables(),
                                  .build = [](const qinglian::serving::Environment& environment) {
                                    return std::make_unique<SupervisionServer>(environment);
                                  }});
}
