// What the logs of several processes say of one error or one call.
#ifndef QINGLIAN_SERVICES_CTL_LOG_STORY_H_
#define QINGLIAN_SERVICES_CTL_LOG_STORY_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace qinglian::ctl {

// A line as common/log writes it.
struct LogLine {
  absl::Time time;
  std::string severity;
  std::string service;
  std::string trace_id;
  std::string event;
  // What else it says, in its order; numbers and truth values as JSON has them.
  std::vector<std::pair<std::string, std::string>> fields;
  // The JSON itself, one line.
  std::string json;
};

// Nothing where there is no such line in `text`. Whatever stands before the JSON is passed over:
// the name of a pod, the time of whoever gathered it.
std::optional<LogLine> ParseLogLine(std::string_view text);

// By their times.
struct LogStory {
  // Of the call: with the id of its error, or of the same trace.
  std::vector<LogLine> told;
  // The warnings and errors of all processes from five seconds before it until five seconds after.
  std::vector<LogLine> meanwhile;
};

// Hands every line of the logs to a visitor; twice the same ones where it is called twice.
using LogLines = std::function<void(const std::function<void(std::string_view)>& visit)>;

// The story of `id`: what an INTERNAL answer named, or the id of a trace. Both of its parts are
// empty where no line says it. Keeps only the story in memory, however long the logs are.
LogStory TellLogStory(const LogLines& lines, const std::string& id);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_LOG_STORY_H_
