#include "common/config/config.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

ABSL_FLAG(std::string, config, "", "A file of settings, one `name = value` a line.");

namespace qinglian::config {
namespace {

constexpr absl::string_view kPrefix = "QINGLIAN_";
constexpr absl::string_view kTestPrefix = "QINGLIAN_TEST_";

using Flags = std::map<std::string, absl::CommandLineFlag*>;

// A value on its way to its flag, and where it was given, for the error.
struct Setting {
  absl::CommandLineFlag* flag;
  std::string value;
  std::string where;
};

struct CommandLine {
  Request request = Request::kRun;
  std::vector<Setting> settings;
  std::vector<char*> rest;
};

absl::Status Invalid(std::string detail) {
  // Names come from outside; whatever they hold, the error stays one line.
  for (char& c : detail) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return status::Error(status::kConfigInvalid, {{"detail", std::move(detail)}});
}

// The flags of the program, without those that Abseil brings along.
Flags ProgramFlags() {
  Flags flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (flag->IsRetired() || absl::StrContains(flag->Filename(), "absl/flags/")) continue;
    flags.emplace(std::string(name), flag);
  }
  return flags;
}

std::string EnvironmentName(absl::string_view flag) {
  return absl::StrCat(kPrefix, absl::AsciiStrToUpper(flag));
}

absl::CommandLineFlag* FlagOf(const Flags& flags, const std::string& name) {
  const auto found = flags.find(name);
  return found == flags.end() ? nullptr : found->second;
}

// The name of a flag as people type it, with dashes, in the form that flags have.
std::string Underscored(absl::string_view typed) {
  return absl::StrReplaceAll(typed, {{"-", "_"}});
}

// One argument that begins with "--"; `next` is the one behind it or null, `used_next` whether it
// was the value.
absl::StatusOr<Setting> ParseArgument(const Flags& flags, absl::string_view argument,
                                      const char* next, bool* used_next) {
  absl::string_view body = argument.substr(2);
  const size_t equals = body.find('=');
  const std::string where = absl::StrCat("--", body.substr(0, equals));
  absl::CommandLineFlag* flag = FlagOf(flags, Underscored(body.substr(0, equals)));
  if (flag != nullptr && equals != body.npos) {
    return Setting{flag, std::string(body.substr(equals + 1)), where};
  }
  if (flag != nullptr && flag->IsOfType<bool>()) return Setting{flag, "true", where};
  if (flag != nullptr && next != nullptr) {
    *used_next = true;
    return Setting{flag, next, where};
  }
  if (flag != nullptr) return Invalid(absl::StrCat(where, " needs a value"));
  if (equals == body.npos &&
      (absl::ConsumePrefix(&body, "no-") || absl::ConsumePrefix(&body, "no"))) {
    absl::CommandLineFlag* negated = FlagOf(flags, Underscored(body));
    if (negated != nullptr && negated->IsOfType<bool>()) return Setting{negated, "false", where};
  }
  return Invalid(absl::StrCat("unknown flag ", where, ", see --help"));
}

absl::StatusOr<CommandLine> ParseCommandLine(const Flags& flags, int argc, char** argv) {
  CommandLine line;
  if (argc > 0) line.rest.push_back(argv[0]);
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--") {
      line.rest.insert(line.rest.end(), argv + i + 1, argv + argc);
      break;
    }
    if (argument == "--help" || argument == "-h") {
      line.request = Request::kHelp;
      return line;
    }
    if (argument == "--version") {
      line.request = Request::kVersion;
      return line;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      line.rest.push_back(argv[i]);
      continue;
    }
    if (argument[1] != '-') {
      return Invalid("a flag begins with two dashes, see --help");
    }
    bool used_next = false;
    ASSIGN_OR_RETURN(
        Setting setting,
        ParseArgument(flags, argument, i + 1 < argc ? argv[i + 1] : nullptr, &used_next));
    line.settings.push_back(std::move(setting));
    if (used_next) ++i;
  }
  return line;
}

absl::StatusOr<std::vector<Setting>> ParseEnvironment(const Flags& flags) {
  Flags by_variable;
  for (const auto& [name, flag] : flags) by_variable.emplace(EnvironmentName(name), flag);
  std::vector<Setting> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view variable = *entry;
    if (!absl::StartsWith(variable, kPrefix) || absl::StartsWith(variable, kTestPrefix)) continue;
    const size_t equals = variable.find('=');
    const std::string name(variable.substr(0, equals));
    absl::CommandLineFlag* flag = FlagOf(by_variable, name);
    if (flag == nullptr) {
      return Invalid(absl::StrCat("the environment variable ", name,
                                  " is no setting of this program, see --help"));
    }
    settings.push_back({flag, std::string(variable.substr(equals + 1)), name});
  }
  return settings;
}

absl::StatusOr<std::vector<Setting>> ParseFile(const Flags& flags, const std::string& path) {
  std::vector<Setting> settings;
  if (path.empty()) return settings;
  std::ifstream file(path);
  if (!file.is_open()) return Invalid(absl::StrCat("the file ", path, " cannot be read"));
  std::set<std::string> seen;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string where = absl::StrCat(path, " line ", ++number);
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || text[0] == '#') continue;
    const size_t equals = text.find('=');
    if (equals == text.npos) return Invalid(absl::StrCat(where, " is not `name = value`"));
    const std::string name(absl::StripAsciiWhitespace(text.substr(0, equals)));
    absl::CommandLineFlag* flag = FlagOf(flags, name);
    if (flag == nullptr || name == "config") {
      return Invalid(absl::StrCat(where, ": ", name, " is no setting of this program, see --help"));
    }
    if (!seen.insert(name).second) {
      return Invalid(absl::StrCat(where, ": ", name, " is set a second time"));
    }
    settings.push_back({flag, std::string(absl::StripAsciiWhitespace(text.substr(equals + 1))),
                        absl::StrCat(name, " in ", where)});
  }
  if (file.bad()) return Invalid(absl::StrCat("the file ", path, " cannot be read"));
  return settings;
}

absl::Status Apply(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    std::string error;
    // The error of Abseil repeats the value; ours must not.
    if (!setting.flag->ParseFrom(setting.value, &error)) {
      return Invalid(
          absl::StrCat("the value of ", setting.where, " is not of its type, see --help"));
    }
  }
  return absl::OkStatus();
}

std::string ConfigFile(const std::vector<Setting>& environment, const CommandLine& line) {
  std::string path = absl::GetFlag(FLAGS_config);
  for (const auto* settings : {&environment, &line.settings}) {
    for (const Setting& setting : *settings) {
      if (setting.flag->Name() == "config") path = setting.value;
    }
  }
  return path;
}

}  // namespace

absl::StatusOr<Request> Load(int* argc, char*** argv) {
  const Flags flags = ProgramFlags();
  ASSIGN_OR_RETURN(const CommandLine line, ParseCommandLine(flags, *argc, *argv));
  if (line.request != Request::kRun) return line.request;
  ASSIGN_OR_RETURN(const std::vector<Setting> environment, ParseEnvironment(flags));
  ASSIGN_OR_RETURN(const std::vector<Setting> file,
                   ParseFile(flags, ConfigFile(environment, line)));
  RETURN_IF_ERROR(Apply(file));
  RETURN_IF_ERROR(Apply(environment));
  RETURN_IF_ERROR(Apply(line.settings));
  std::copy(line.rest.begin(), line.rest.end(), *argv);
  *argc = static_cast<int>(line.rest.size());
  // The array of main ends in a null pointer; what Load shortens does too.
  (*argv)[*argc] = nullptr;
  return Request::kRun;
}

void LoadOrExit(int* argc, char*** argv, std::string_view usage) {
  const absl::StatusOr<Request> request = Load(argc, argv);
  if (!request.ok()) {
    const std::string program = (*argv)[0];
    std::fprintf(stderr, "%s: %s\n", program.substr(program.rfind('/') + 1).c_str(),
                 std::string(request.status().message()).c_str());
    std::exit(2);
  }
  if (*request == Request::kRun) return;
  const std::string text =
      *request == Request::kHelp ? Help(usage) : absl::StrCat(status::View(Version()), "\n");
  std::fputs(text.c_str(), stdout);
  std::exit(0);
}

std::string Help(std::string_view usage) {
  std::string text = absl::StrCat(
      status::View(usage),
      "\n\nEach setting is taken from its flag, else its environment variable, else a line\n"
      "`name = value` of the file that --config names, else its default.\n");
  for (const auto& [name, flag] : ProgramFlags()) {
    const std::string standard = flag->DefaultValue();
    absl::StrAppend(&text, "\n  --", name, "  (", EnvironmentName(name), ", default ",
                    standard.empty() ? "empty" : standard, ")\n      ", flag->Help(), "\n");
  }
  absl::StrAppend(&text, "\n  --help, --version\n      Say this, or the version, and exit.\n");
  return text;
}

}  // namespace qinglian::config
