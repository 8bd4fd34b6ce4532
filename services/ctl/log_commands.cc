#include "services/ctl/log_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "services/ctl/log_story.h"

namespace qinglian::ctl {
namespace {

namespace fs = std::filesystem;

constexpr char kHow[] =
    "logs explain wants the id of an INTERNAL answer or of a trace, and where the logs lie: "
    "qlctl logs explain ID FOLDER, FILE… or -";

// The files that a place stands for, in the order of their names.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) {
    if (!std::ifstream(place)) return Usage(absl::StrCat("cannot read ", place));
    return std::vector<std::string>{place};
  }
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(place, error)) {
    if (entry.path().extension() == ".log") files.push_back(entry.path().string());
  }
  if (error || files.empty()) return Usage(absl::StrCat("there is no log in ", place));
  std::sort(files.begin(), files.end());
  return files;
}

void VisitLines(std::istream& text, const std::function<void(std::string_view)>& visit) {
  std::string line;
  while (std::getline(text, line)) visit(line);
}

// The lines of files, and of the input where that is one of the places: it can be read only once.
absl::StatusOr<LogLines> Open(const Arguments& places) {
  std::vector<std::string> files;
  std::string input;
  for (const std::string& place : places) {
    if (place == "-") {
      input.assign(std::istreambuf_iterator<char>(std::cin), {});
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> more, FilesOf(place));
    files.insert(files.end(), more.begin(), more.end());
  }
  return LogLines([files = std::move(files), input = std::move(input)](const auto& visit) {
    for (const std::string& file : files) {
      std::ifstream text(file);
      VisitLines(text, visit);
    }
    std::istringstream text(input);
    VisitLines(text, visit);
  });
}

void Print(const std::vector<LogLine>& lines) {
  for (const LogLine& line : lines) {
    std::cout << absl::FormatTime("%Y-%m-%d %H:%M:%E6S", line.time, absl::LocalTimeZone()) << "  "
              << line.service << "  " << line.severity << "  " << line.event << "\n";
    for (const auto& [key, value] : line.fields)
      std::cout << "    " << key << ": " << value << "\n";
  }
}

void PrintStory(const LogStory& story) {
  const std::string& trace = story.told.front().trace_id;
  std::cout << (trace.empty() ? "the call" : absl::StrCat("the call, trace ", trace)) << "\n";
  Print(story.told);
  if (story.meanwhile.empty()) {
    std::cout << "no warning of any process within five seconds of it\n";
    return;
  }
  std::cout << "warnings and errors of all processes within five seconds of it\n";
  Print(story.meanwhile);
}

std::string ArrayOf(const std::vector<LogLine>& lines) {
  return absl::StrCat(
      "[",
      absl::StrJoin(lines, ",",
                    [](std::string* out, const LogLine& line) { absl::StrAppend(out, line.json); }),
      "]");
}

}  // namespace

absl::Status Logs(const Context& context, const Arguments& arguments) {
  if (arguments.size() < 3 || arguments[0] != "explain" || arguments[1].empty()) return Usage(kHow);
  const std::string& id = arguments[1];
  ASSIGN_OR_RETURN(const LogLines lines, Open({arguments.begin() + 2, arguments.end()}));
  const LogStory story = TellLogStory(lines, id);
  if (story.told.empty())
    return absl::NotFoundError(absl::StrCat("no line of these logs is about ", id));
  if (context.json) {
    std::cout << "{\"told\":" << ArrayOf(story.told)
              << ",\"meanwhile\":" << ArrayOf(story.meanwhile) << "}\n";
  } else {
    PrintStory(story);
  }
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
