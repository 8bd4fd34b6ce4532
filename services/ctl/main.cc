// qlctl: the operator's command line.
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/rpc/channel.h"
#include "common/rpc/hop_flags.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/ctl/caller_commands.h"
#include "services/ctl/certificate_commands.h"
#include "services/ctl/development_tokens.h"
#include "services/ctl/edition_commands.h"
#include "services/ctl/export_commands.h"
#include "services/ctl/feed_commands.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/journal_commands.h"
#include "services/ctl/journal_search.h"
#include "services/ctl/log_commands.h"
#include "services/ctl/print.h"
#include "services/ctl/read_commands.h"
#include "services/ctl/seal_commands.h"
#include "services/ctl/summary.h"
#include "services/ctl/year/year.h"

ABSL_FLAG(std::string, address, "localhost:7200", "The edge.");
ABSL_FLAG(std::string, edge_ca, "", "Certificates of who may have signed the edge's, PEM.");
ABSL_FLAG(std::string, certificate, "", "The certificate of the client that calls, PEM.");
ABSL_FLAG(std::string, certificate_key, "", "Its key, PEM.");
ABSL_FLAG(std::string, token_file, "",
          "A file with the token of the person who calls; empty where the client calls itself.");
ABSL_FLAG(std::string, staff_number, "",
          "The person who calls, where --token_key signs tokens in the place of a provider.");
ABSL_FLAG(std::string, acting_for, "", "For whom the person acts under a delegation: persons/ID.");
ABSL_FLAG(std::string, output, "table",
          "How answers are printed: table for people, json for programs.");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(15), "How long to wait for an answer.");
ABSL_FLAG(std::string, filter, "", "list: which ones, such as 'kind = COURT AND level = CITY'.");
ABSL_FLAG(std::string, order_by, "", "list: in which order, such as 'display_name desc'.");
ABSL_FLAG(std::string, subtree, "", "list, export: only this organization and what lies below it.");
ABSL_FLAG(
    int, limit, 50,
    "list, history, pending, journal search, feed quarantine list, edition: how many at most.");
ABSL_FLAG(std::string, actor, "", "journal search: only what this one did, such as persons/ID.");
ABSL_FLAG(std::string, resource, "", "journal search: only what this resource met.");
ABSL_FLAG(std::string, since, "", "journal search: from 2026-11-23 or '2026-11-23 08:30' on.");
ABSL_FLAG(std::string, until, "", "journal search: before that moment.");
ABSL_FLAG(std::string, operation, "", "journal search: changed, read or refused; empty for all.");
ABSL_FLAG(std::string, from, "now", "watch: now, start or snapshot.");
ABSL_FLAG(
    std::string, state, "",
    "feed quarantine list: quarantined (what waits; the default), applied, skipped or superseded.");
ABSL_FLAG(
    std::string, reason, "",
    "feed quarantine skip, edition cancel: why what is there is given up; kept in the journal.");
ABSL_FLAG(std::string, division, "",
          "edition plan: the code of the division of which the file holds every part, such as 33; "
          "empty for the whole country.");
ABSL_FLAG(bool, dry_run, false, "import: check every row and keep nothing.");
ABSL_FLAG(std::string, on_conflict, "update",
          "import: what becomes of rows of what is there: update, skip or fail; update_only also "
          "refuses rows of what is not.");
ABSL_FLAG(bool, all_or_nothing, false,
          "import: keep all rows or none; for files of at most 5,000 rows.");
ABSL_FLAG(bool, keep_good, false,
          "import: keep the good rows of a file of more than 5,000 rows though others are bad.");
ABSL_FLAG(std::string, report, "",
          "import: a CSV file for bad rows with their reasons, to be mended and sent again.");
ABSL_FLAG(std::string, progress, "",
          "import: where the progress is kept that an import goes on from when it broke off; empty "
          "for FILE.progress.");
ABSL_FLAG(std::string, purpose, "",
          "export persons: what they are needed for; kept in the journal with each reading.");
ABSL_FLAG(std::string, language, "english",
          "export: of the columns and words of a CSV file, english or chinese.");
ABSL_FLAG(std::string, demonstration_clock, "",
          "demo: the file that tells the services what time it is; empty for real time.");
ABSL_FLAG(std::string, mysql, "",
          "journal verify, renew: the service's schema, mysql://user@host/schema?….");
ABSL_FLAG(std::string, checkpoint_dir, "",
          "journal verify, renew: where the service's signed checkpoints lie.");
ABSL_FLAG(std::string, key_file, "",
          "journal verify, renew: the key that the checkpoints were signed with.");
ABSL_FLAG(absl::Duration, lifetime, absl::Minutes(15), "token: how long it is good for.");
ABSL_FLAG(
    std::string, token_key, "",
    "token, demo: the key that signs tokens in an installation without an identity provider.");
ABSL_FLAG(std::string, token_issuer, "", "token, demo: the issuer that the gateway expects.");
ABSL_FLAG(std::string, token_audience, "", "token, demo: the audience that the gateway expects.");
ABSL_FLAG(std::string, organization_address, "",
          "administrator: the organization service itself, behind the gateway.");
ABSL_FLAG(std::string, identity_key_file, "",
          "administrator: the key that gateway and services prove identities with.");
ABSL_FLAG(bool, unless_there_is_one, false,
          "administrator: where nobody is to be made one any more, that is no failure.");
ABSL_FLAG(bool, without_checkpoints, false,
          "journal verify: only whether the rows fit each other; a tail cut off is not seen.");
ABSL_FLAG(std::string, ca, "", "certificate: the folder of the authority.");
ABSL_FLAG(std::string, out, "", "certificate: the folder where what is issued is put.");
ABSL_FLAG(int, days, 90, "certificate: how long what is issued is valid.");

namespace {

using namespace qinglian::ctl;  // NOLINT: this file is the command line of that namespace

constexpr char kUsage[] = R"(qlctl: the operator's command line of Qinglian.

  qlctl get NAME                          one resource
  qlctl list COLLECTION                   resources: --filter, --order_by, --subtree, --limit
  qlctl history NAME                      every change of a resource
  qlctl pending [ORGANIZATION]            what waits for the caller or an organization: --limit
  qlctl call METHOD [JSON | -]            any method; - reads the request from the input
  qlctl watch SERVICE                     the feed of a service, live: --from
  qlctl feed status [SERVICE]             what services follow of each other, and how far
  qlctl feed quarantine list [SERVICE [RESOURCE]]        changes that could not be applied: --state, --limit
  qlctl feed quarantine retry SERVICE RESOURCE           tries those of a resource again, in order
  qlctl feed quarantine skip SERVICE RESOURCE VERSION    gives one up: --reason
  qlctl projection rebuild SERVICE FEED   takes a new snapshot of a feed; what is known stays in use meanwhile
  qlctl import divisions|organizations|persons FILE    CSV, or protobuf in FILE.pb: --dry_run, --on_conflict,
                                          --all_or_nothing, --keep_good, --report, --progress
  qlctl export organizations|persons FILE what import takes: --subtree, --language, --purpose
  qlctl edition plan FILE                 what a newer edition of the divisions would change: --division, --limit
  qlctl edition show | apply | cancel NAME     a plan; applies it; gives it up: --reason
  qlctl journal search [SERVICE]          who did, read or was refused what: --actor, --resource, --since, --until,
                                          --operation, --limit
  qlctl journal verify SERVICE            --mysql, --checkpoint_dir, --key_file, --without_checkpoints
  qlctl journal renew SERVICE             after its database was restored, before it starts: --mysql, --checkpoint_dir,
                                          --key_file
  qlctl logs explain ID FOLDER | FILE… | -    what the logs say of an INTERNAL answer, or of a trace
  qlctl seal make-key FILE                a key file of sealed values, or one version more in it
  qlctl seal status | rotate              how many values are under which version; brings all under the newest
  qlctl administrator make CLIENT         the first administrator, and another where all but one are gone:
                                          --organization_address, --identity_key_file
  qlctl certificate authority             a new authority for certificates: --ca
  qlctl certificate server HOST…          what the edge shows to callers: --ca, --out, --days
  qlctl certificate issue CLIENT          what a platform proves itself with: --ca, --out, --days
  qlctl certificate process NAME          what a process of the house shows to others: --ca, --out, --days
  qlctl certificate revoke FILE           it no longer does: --ca
  qlctl certificate show FILE             what a certificate says
  qlctl token make-key | issue STAFF_NUMBER    tokens, where there is no identity provider: --token_key,
                                          --token_issuer, --token_audience, --lifetime
  qlctl demo year                         plays the year of the demonstration: --demonstration_clock, --token_key,
                                          --token_issuer, --token_audience
  qlctl summary                           what the system holds
  qlctl health [SERVICE]                  whether it serves

Who calls: a client by --certificate and --certificate_key, a person by --token_file (or --staff_number, where there is
no identity provider), also for another by --acting_for. --config=FILE reads flags from a file.
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

JournalQuestion Question() {
  return {absl::GetFlag(FLAGS_actor), absl::GetFlag(FLAGS_resource),  absl::GetFlag(FLAGS_since),
          absl::GetFlag(FLAGS_until), absl::GetFlag(FLAGS_operation), absl::GetFlag(FLAGS_limit)};
}

absl::Status Journals(const Context& context, const Arguments& arguments) {
  if (!arguments.empty() && arguments[0] == "search")
    return SearchJournal(context, {arguments.begin() + 1, arguments.end()}, Question());
  return Journal(context, arguments, Place());
}

CertificateOptions CertificateFlags() {
  return {absl::GetFlag(FLAGS_ca), absl::GetFlag(FLAGS_out), absl::GetFlag(FLAGS_days)};
}

TokenOptions TokenFlags() {
  return {absl::GetFlag(FLAGS_token_key), absl::GetFlag(FLAGS_token_issuer),
          absl::GetFlag(FLAGS_token_audience), absl::GetFlag(FLAGS_lifetime)};
}

absl::StatusOr<std::string> SignToken(const std::string& staff_number) {
  const TokenOptions options = TokenFlags();
  return IssueToken(options.key_file, {.issuer = options.issuer,
                                       .audience = options.audience,
                                       .subject = staff_number,
                                       .lifetime = options.lifetime});
}

absl::Status MakeAdministrator(const Context&, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const qinglian::rpc::Hop> hop,
                   qinglian::rpc::HopFromFlags("qlctl"));
  return Administrator(arguments, absl::GetFlag(FLAGS_organization_address),
                       absl::GetFlag(FLAGS_identity_key_file),
                       absl::GetFlag(FLAGS_unless_there_is_one), hop);
}

absl::Status Demo(const Context& context, const Arguments& arguments) {
  if (arguments != Arguments{"year"}) return Usage("demo plays one thing: qlctl demo year");
  if (absl::GetFlag(FLAGS_token_key).empty())
    return Usage("--token_key: the persons of the demonstration need tokens");
  Teller teller(context, absl::GetFlag(FLAGS_demonstration_clock), "year-2025", SignToken);
  return TellYear(teller);
}

absl::Status ImportFlagged(const Context& context, const Arguments& arguments) {
  ImportOptions options{.dry_run = absl::GetFlag(FLAGS_dry_run),
                        .all_or_nothing = absl::GetFlag(FLAGS_all_or_nothing),
                        .keep_good = absl::GetFlag(FLAGS_keep_good),
                        .report = absl::GetFlag(FLAGS_report),
                        .progress = absl::GetFlag(FLAGS_progress)};
  ASSIGN_OR_RETURN(options.on_conflict, ReadOnConflict(absl::GetFlag(FLAGS_on_conflict)));
  return Import(context, arguments, options);
}

EditionOptions EditionFlags() {
  return {absl::GetFlag(FLAGS_division), absl::GetFlag(FLAGS_reason), absl::GetFlag(FLAGS_limit)};
}

ExportOptions ExportFlags() {
  return {absl::GetFlag(FLAGS_subtree), absl::GetFlag(FLAGS_purpose),
          absl::GetFlag(FLAGS_language)};
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
      {"import", ImportFlagged},
      {"export", [](const Context& c, const Arguments& a) { return Export(c, a, ExportFlags()); }},
      {"edition",
       [](const Context& c, const Arguments& a) { return Edition(c, a, EditionFlags()); }},
      {"journal", Journals},
      {"logs", Logs},
      {"administrator", MakeAdministrator},
      {"certificate",
       [](const Context& c, const Arguments& a) { return Certificate(c, a, CertificateFlags()); }},
      {"token", [](const Context& c, const Arguments& a) { return Token(c, a, TokenFlags()); }},
      {"seal", Seal},
      {"demo", Demo},
      {"summary", Summary},
      {"health", Health}};
  return commands;
}

// The contents of a file, without the end of its last line; "" where none is named.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Usage(absl::StrCat("cannot read ", path));
  return std::string(absl::StripTrailingAsciiWhitespace(text.str()));
}

absl::StatusOr<std::string> BearerToken() {
  const std::string staff_number = absl::GetFlag(FLAGS_staff_number);
  if (staff_number.empty()) return ReadFile(absl::GetFlag(FLAGS_token_file));
  if (absl::GetFlag(FLAGS_token_key).empty())
    return Usage("--staff_number wants --token_key, which signs the token");
  return SignToken(staff_number);
}

absl::StatusOr<qinglian::rpc::ChannelOptions> ChannelFlags() {
  qinglian::rpc::ChannelOptions options;
  ASSIGN_OR_RETURN(options.ca_certificates, ReadFile(absl::GetFlag(FLAGS_edge_ca)));
  ASSIGN_OR_RETURN(options.certificate, ReadFile(absl::GetFlag(FLAGS_certificate)));
  ASSIGN_OR_RETURN(options.key, ReadFile(absl::GetFlag(FLAGS_certificate_key)));
  if (options.certificate.empty() != options.key.empty())
    return Usage("--certificate and --certificate_key belong together");
  if (!options.certificate.empty() && options.ca_certificates.empty())
    return Usage("--edge_ca says who may have signed the edge's certificate");
  return options;
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
  ASSIGN_OR_RETURN(const qinglian::rpc::ChannelOptions options, ChannelFlags());
  context.channel = qinglian::rpc::Connect(absl::GetFlag(FLAGS_address), options);
  ASSIGN_OR_RETURN(context.bearer_token, BearerToken());
  context.acting_for = absl::GetFlag(FLAGS_acting_for);
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
