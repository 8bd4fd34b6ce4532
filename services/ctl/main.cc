// qlctl: the operator's command line.
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "services/ctl/feed_commands.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/journal_commands.h"
#include "services/ctl/print.h"
#include "services/ctl/read_commands.h"
#include "services/ctl/summary.h"
#include "services/ctl/year/year.h"

ABSL_FLAG(std::string, address, "127.0.0.1:7200", "The gateway.");
ABSL_FLAG(std::string, as, "clients/qlctl", "Who calls: persons/ID or clients/NAME.");
ABSL_FLAG(std::string, output, "table",
          "How answers are printed: table for people, json for programs.");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(15), "How long to wait for an answer.");
ABSL_FLAG(std::string, filter, "", "list: which ones, such as 'kind = COURT AND level = CITY'.");
ABSL_FLAG(std::string, order_by, "", "list: in which order, such as 'display_name desc'.");
ABSL_FLAG(std::string, subtree, "", "list: only this organization and what lies below it.");
ABSL_FLAG(int, limit, 50, "list, history, pending, feed quarantine list: how many at most.");
ABSL_FLAG(std::string, from, "now", "watch: now, start or snapshot.");
ABSL_FLAG(
    std::string, state, "",
    "feed quarantine list: quarantined (what waits; the default), applied, skipped or superseded.");
ABSL_FLAG(std::string, reason, "",
          "feed quarantine skip: why the change is given up; kept in the journal.");
ABSL_FLAG(bool, dry_run, false, "import: check every row and keep nothing.");
ABSL_FLAG(std::string, demonstration_clock, "",
          "demo: the file that tells the services what time it is; empty for real time.");
ABSL_FLAG(std::string, mysql, "",
          "journal verify: the service's schema, mysql://user@host/schema?….");
ABSL_FLAG(std::string, checkpoint_dir, "",
          "journal verify: where the service's signed checkpoints lie.");
ABSL_FLAG(std::string, key_file, "",
          "journal verify: the key that the checkpoints were signed with.");
ABSL_FLAG(bool, without_checkpoints, false,
          "journal verify: only whether the rows fit each other; a tail cut off is not seen.");

namespace {

using namespace qinglian::ctl;  // NOLINT: this file is the command line of that namespace

constexpr char kUsage[] = R"(qlctl: the operator's command line of Qinglian.

  qlctl get NAME                          one resource
  qlctl list COLLECTION                   resources: --filter, --order_by, --subtree, --limit
  qlctl history NAME                      every change of a resource
  qlctl pending [ORGANIZATION]            what waits for the caller (--as) or an organization: --limit
  qlctl call METHOD [JSON]                any method
  qlctl watch SERVICE                     the feed of a service, live: --from
  qlctl feed status [SERVICE]             what services follow of each other, and how far
  qlctl feed quarantine list [SERVICE [RESOURCE]]        changes that could not be applied: --state, --limit
  qlctl feed quarantine retry SERVICE RESOURCE           tries those of a resource again, in order
  qlctl feed quarantine skip SERVICE RESOURCE VERSION    gives one up: --reason
  qlctl projection rebuild SERVICE FEED   takes a new snapshot of a feed; what is known stays in use meanwhile
  qlctl import divisions|organizations FILE.csv    --dry-run
  qlctl journal verify SERVICE            --mysql, --checkpoint_dir, --key_file, --without_checkpoints
  qlctl demo year                         plays the year of the demonstration: --demonstration_clock
  qlctl summary                           what the system holds
  qlctl health [SERVICE]                  whether it serves
)";

using Command = std::function<absl::Status(const Context&, const Arguments&)>;

ListOptions Listed() {
  return {absl::GetFlag(FLAGS_filter), absl::GetFlag(FLAGS_order_by), absl::GetFlag(FLAGS_subtree),
          absl::GetFlag(FLAGS_limit)};
}

FeedOptions FeedFlags() {
  return {absl::GetFlag(FLAGS_reason), absl::GetFlag(FLAGS_state), absl::GetFlag(FLAGS_limit)};
}

JournalPlace Place() {
  return {absl::GetFlag(FLAGS_mysql), absl::GetFlag(FLAGS_checkpoint_dir),
          absl::GetFlag(FLAGS_key_file), absl::GetFlag(FLAGS_without_checkpoints)};
}

absl::Status Demo(const Context& context, const Arguments& arguments) {
  if (arguments != Arguments{"year"}) return Usage("demo plays one thing: qlctl demo year");
  Teller teller(context, absl::GetFlag(FLAGS_demonstration_clock), "year-2025");
  return TellYear(teller);
}

const std::map<std::string, Command>& Commands() {
  static const auto& commands = *new std::map<std::string, Command>{
      {"get", Get},
      {"list", [](const Context& c, const Arguments& a) { return List(c, a, Listed()); }},
      {"history", [](const Context& c, const Arguments& a) { return History(c, a, Listed()); }},
      {"pending", [](const Context& c, const Arguments& a) { return Pending(c, a, Listed()); }},
      {"call", Call},
      {"watch",
       [](const Context& c, const Arguments& a) { return Watch(c, a, absl::GetFlag(FLAGS_from)); }},
      {"feed", [](const Context& c, const Arguments& a) { return Feed(c, a, FeedFlags()); }},
      {"projection", Projection},
      {"import", [](const Context& c,
                    const Arguments& a) { return Import(c, a, absl::GetFlag(FLAGS_dry_run)); }},
      {"journal", [](const Context& c, const Arguments& a) { return Journal(c, a, Place()); }},
      {"demo", Demo},
      {"summary", Summary},
      {"health", Health}};
  return commands;
}

absl::Status Run(const std::vector<std::string>& words) {
  if (words.empty()) return Usage("a command is missing; qlctl --help lists them");
  const auto command = Commands().find(words[0]);
  if (command == Commands().end()) {
    return Usage(absl::StrCat("there is no command ", words[0], "; qlctl --help lists them"));
  }
  const std::string output = absl::GetFlag(FLAGS_output);
  if (output != "table" && output != "json") return Usage("--output is table or json");
  Context context;
  context.channel = qinglian::rpc::Connect(absl::GetFlag(FLAGS_address));
  context.caller = absl::GetFlag(FLAGS_as);
  context.timeout = absl::GetFlag(FLAGS_timeout);
  context.json = output == "json";
  return command->second(context, {words.begin() + 1, words.end()});
}

// Says why on stderr; answers the exit code.
int Explain(const absl::Status& status) {
  std::cerr << "qlctl: " << Explanation(status) << "\n";
  return qinglian::status::Is(status, qinglian::status::kConfigInvalid) ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  qinglian::config::LoadOrExit(&argc, &argv, kUsage);
  const absl::Status status = Run({argv + 1, argv + argc});
  if (status.ok()) return 0;
  return Explain(status);
}
