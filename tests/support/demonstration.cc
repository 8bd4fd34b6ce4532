#include "tests/support/demonstration.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/macros.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/year/year.h"

namespace qinglian::test {

absl::Status TellDemonstration(const System& system, std::shared_ptr<grpc::Channel> channel) {
  ctl::Context context;
  context.channel = std::move(channel);
  context.timeout = absl::Seconds(60);
  const std::string registry = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
  RETURN_IF_ERROR(ctl::Import(context, {"divisions", registry + "divisions.csv"}, {}));
  RETURN_IF_ERROR(ctl::Import(context, {"organizations", registry + "organizations.csv"}, {}));
  ctl::Teller teller(context, system.clock_file(), "year-2025",
                     [&](const std::string& staff_number) -> absl::StatusOr<std::string> {
                       return system.TokenOf(staff_number);
                     });
  return ctl::TellYear(teller);
}

}  // namespace qinglian::test
