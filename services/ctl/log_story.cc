#include "services/ctl/log_story.h"

#include <jansson.h>

#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/match.h"

namespace qinglian::ctl {
namespace {

constexpr absl::Duration kAround = absl::Seconds(5);

struct Release {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, Release>;

// A text as it is, anything else as JSON has it.
std::string TextOf(const json_t* value) {
  if (json_is_string(value)) return {json_string_value(value), json_string_length(value)};
  const std::unique_ptr<char, decltype(&free)> text(
      json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT), &free);
  return text == nullptr ? "" : text.get();
}

std::string* MemberOf(LogLine& line, std::string_view key) {
  if (key == "severity") return &line.severity;
  if (key == "service") return &line.service;
  if (key == "trace_id") return &line.trace_id;
  if (key == "event") return &line.event;
  return nullptr;
}

bool Has(const LogLine& line, const std::string& id) {
  return line.trace_id == id ||
         std::find(line.fields.begin(), line.fields.end(),
                   std::pair<std::string, std::string>("id", id)) != line.fields.end();
}

bool IsGrave(const LogLine& line) { return line.severity == "WARNING" || line.severity == "ERROR"; }

void SortByTime(std::vector<LogLine>& lines) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LogLine& a, const LogLine& b) { return a.time < b.time; });
}

// What a call is known by, and when it was made.
struct Traces {
  std::set<std::string> ids;
  absl::Time from = absl::InfiniteFuture();
  absl::Time until = absl::InfinitePast();
};

Traces FindTraces(const LogLines& lines, const std::string& id) {
  Traces traces;
  lines([&](std::string_view text) {
    // Nearly no line does, and reading JSON takes longer.
    if (text.find(id) == std::string_view::npos) return;
    const std::optional<LogLine> line = ParseLogLine(text);
    if (!line.has_value() || !Has(*line, id)) return;
    if (!line->trace_id.empty()) traces.ids.insert(line->trace_id);
    traces.from = std::min(traces.from, line->time - kAround);
    traces.until = std::max(traces.until, line->time + kAround);
  });
  return traces;
}

}  // namespace

std::optional<LogLine> ParseLogLine(std::string_view text) {
  const size_t begin = text.find('{');
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  while (!text.empty() && text.back() != '}') text.remove_suffix(1);
  const Json json(json_loadb(text.data(), text.size(), 0, nullptr));
  if (!json_is_object(json.get())) return std::nullopt;
  LogLine line;
  line.json = text;
  const char* key = nullptr;
  json_t* value = nullptr;
  std::string time;
  json_object_foreach(json.get(), key, value) {
    if (std::string_view(key) == "time") {
      time = TextOf(value);
    } else if (std::string* member = MemberOf(line, key); member != nullptr) {
      *member = TextOf(value);
    } else {
      line.fields.emplace_back(key, TextOf(value));
    }
  }
  if (!absl::ParseTime(absl::RFC3339_full, time, &line.time, nullptr)) return std::nullopt;
  return line;
}

LogStory TellLogStory(const LogLines& lines, const std::string& id) {
  LogStory story;
  const Traces traces = FindTraces(lines, id);
  if (traces.from > traces.until) return story;
  lines([&](std::string_view text) {
    std::optional<LogLine> line = ParseLogLine(text);
    if (!line.has_value()) return;
    if (Has(*line, id) || traces.ids.contains(line->trace_id)) {
      story.told.push_back(*std::move(line));
    } else if (IsGrave(*line) && line->time >= traces.from && line->time <= traces.until) {
      story.meanwhile.push_back(*std::move(line));
    }
  });
  SortByTime(story.told);
  SortByTime(story.meanwhile);
  return story;
}

}  // namespace qinglian::ctl
