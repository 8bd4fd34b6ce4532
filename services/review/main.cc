// The review service: programmes, rubrics, rounds, applications, scores, objections, titles.
#include "common/serving/main.h"

#include <memory>

#include "migrations/review_migrations.h"
#include "services/review/server.h"

int main(int argc, char** argv) {
  using qinglian::review::ReviewServer;
  return qinglian::serving::Main(
      argc, argv,
      {.service = "review",
       .usage = "review: programmes and rounds, applications and their scores, titles. "
                "Usage: review [serve|migrate]",
       .migrations = qinglian::review::Migrations(),
       .deletable_tables = qinglian::review::DeletableTables(),
       .build = [](const qinglian::serving::Environment& environment) {
         return std::make_unique<ReviewServer>(environment);
       }});
}
