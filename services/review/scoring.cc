#include "services/review/scoring.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/review/rubric_rules.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;
using v1::Rubric;
using v1::ScoreSheet;

int32_t Mean(int64_t sum, int64_t count) {
  return static_cast<int32_t>((2 * sum + count) / (2 * count));  // rounded half up
}

const ScoreSheet::Mark* FindMark(const ScoreSheet& sheet, const std::string& indicator) {
  for (const auto& mark : sheet.marks()) {
    if (mark.indicator() == indicator) return &mark;
  }
  return nullptr;
}

int DroppedOf(const ReviewRound& round, int sheets) {
  const int dropped = round.extremes_dropped();
  return sheets >= round.extremes_from_sheets() && sheets > 2 * dropped ? dropped : 0;
}

std::string ExtremesRule(const ReviewRound& round, int dropped) {
  if (round.extremes_dropped() == 0) return "全部评分表计入";
  if (dropped == 0) return absl::StrCat("评分表不足", round.extremes_from_sheets(), "份，全部计入");
  return absl::StrCat("去掉", dropped, "个最高分和", dropped, "个最低分");
}

void AddIndicator(const Rubric::Indicator& indicator, const std::vector<ScoreSheet>& sheets,
                  int dropped, Application::Score& score) {
  int64_t sum = 0;
  int vetoes = 0;
  for (int i = 0; i < static_cast<int>(sheets.size()); ++i) {
    const ScoreSheet::Mark* mark = FindMark(sheets[i], indicator.code());
    if (mark == nullptr) continue;
    if (mark->vetoed()) ++vetoes;
    if (i >= dropped && i < static_cast<int>(sheets.size()) - dropped) sum += mark->centipoints();
  }
  auto& result = *score.add_indicators();
  result.set_indicator(indicator.code());
  result.set_full_centipoints(indicator.centipoints());
  result.set_sum_centipoints(static_cast<int32_t>(sum));
  result.set_mean_centipoints(Mean(sum, score.sheets_counted()));
  if (2 * vetoes >= score.sheets()) score.add_vetoes(indicator.code());
}

const Application::IndicatorScore* FindIndicator(const Application& application,
                                                 const std::string& code) {
  for (const auto& indicator : application.score().indicators()) {
    if (indicator.indicator() == code) return &indicator;
  }
  return nullptr;
}

// By exact means, not by rounded ones: negative where `a` is better.
int CompareTie(const Application& a, const Application& b, const std::string& code) {
  const auto* left = FindIndicator(a, code);
  const auto* right = FindIndicator(b, code);
  if (left == nullptr || right == nullptr) return 0;
  const int64_t x = int64_t{left->sum_centipoints()} * b.score().sheets_counted();
  const int64_t y = int64_t{right->sum_centipoints()} * a.score().sheets_counted();
  return x == y ? 0 : x > y ? -1 : 1;
}

bool Better(const ReviewRound& round, const Application& a, const Application& b) {
  if (a.score_centipoints() != b.score_centipoints()) {
    return a.score_centipoints() > b.score_centipoints();
  }
  for (const std::string& code : round.tie_break_indicators()) {
    const int order = CompareTie(a, b, code);
    if (order != 0) return order < 0;
  }
  const auto key = [](const Application& application) {
    return std::make_tuple(application.first_submit_time().seconds(),
                           application.first_submit_time().nanos(), application.name());
  };
  return key(a) < key(b);
}

}  // namespace

Application::Score ComputeScore(const Rubric& rubric, const ReviewRound& round,
                                std::vector<ScoreSheet> sheets) {
  Application::Score score;
  if (sheets.empty()) return score;
  std::sort(sheets.begin(), sheets.end(), [](const ScoreSheet& a, const ScoreSheet& b) {
    return std::make_tuple(a.total_centipoints(), a.name()) <
           std::make_tuple(b.total_centipoints(), b.name());
  });
  const int count = static_cast<int>(sheets.size());
  const int dropped = DroppedOf(round, count);
  score.set_rubric(rubric.name());
  score.set_sheets(count);
  score.set_sheets_counted(count - 2 * dropped);
  score.set_extremes_rule(ExtremesRule(round, dropped));
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    if (i < dropped) {
      score.add_dropped_lowest(sheets[i].name());
    } else if (i >= count - dropped) {
      score.add_dropped_highest(sheets[i].name());
    } else {
      sum += sheets[i].total_centipoints();
    }
  }
  for (const Rubric::Indicator* leaf : LeavesOf(rubric)) {
    AddIndicator(*leaf, sheets, dropped, score);
  }
  score.set_centipoints(Mean(sum, score.sheets_counted()));
  return score;
}

void Rank(const ReviewRound& round, std::vector<Application>& applications) {
  std::sort(applications.begin(), applications.end(),
            [&](const Application& a, const Application& b) { return Better(round, a, b); });
}

std::string TieRule(const ReviewRound& round) {
  if (round.tie_break_indicators().empty()) {
    return "同分的，首次提交在先者列前，再同的按名称排列";
  }
  return absl::StrCat("同分的，依次比较指标", absl::StrJoin(round.tie_break_indicators(), "、"),
                      "的平均得分，仍同的首次提交在先者列前，再同的按名称排列");
}

}  // namespace qinglian::review
