// More calls than can be answered: what is answered of them, and how soon all is well again.
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/gets.h"
#include "tests/bench/house.h"
#include "tests/bench/open_load.h"
#include "tests/support/database.h"
#include "tests/support/mysql_proxy.h"

namespace qinglian::bench {
namespace {

// What each statement waits, so that the threads of the service are what is scarce and not the
// processors, which are to offer ten times as many calls beside.
constexpr std::chrono::milliseconds kDelay{50};
// As many callers as keep every thread of the service busy.
constexpr int kBusy = 24;
constexpr absl::Duration kDeadline = absl::Seconds(3);
// What a caller who has to be content with it meets: half of what could be done.
constexpr double kNormal = 0.5;
// Normal is where nearly every call of half a second is good.
constexpr size_t kNormalTenths = 5;
constexpr double kNormalShare = 0.99;

// All processes of the database's clients go through the proxy.
class SlowDatabase {
 public:
  SlowDatabase() : before_(test::DatabaseSocket()), proxy_(before_) {
    setenv("QINGLIAN_TEST_MYSQL_SOCKET", proxy_.socket().c_str(), 1);
  }
  ~SlowDatabase() { setenv("QINGLIAN_TEST_MYSQL_SOCKET", before_.c_str(), 1); }
  void Delay(std::chrono::milliseconds delay) { proxy_.Delay(delay); }

 private:
  const std::string before_;
  test::MysqlProxy proxy_;
};

std::string Describe(const Outcomes& outcomes) {
  std::string text = absl::StrCat(outcomes.made, " calls, ", outcomes.good, " good, ",
                                  outcomes.refused, " refused");
  for (const auto& [code, count] : outcomes.others)
    absl::StrAppend(&text, ", ", count, " x ", code);
  return text;
}

// When the first half second began in which all was normal, in seconds; the whole time where none
// did.
double NormalAfter(const Outcomes& outcomes) {
  size_t normal = 0;
  for (size_t i = 0; i < outcomes.tenths.size(); ++i) {
    const auto& [made, good] = outcomes.tenths[i];
    normal = static_cast<double>(good) >= kNormalShare * static_cast<double>(made) ? normal + 1 : 0;
    if (normal == kNormalTenths) return static_cast<double>(i + 1 - kNormalTenths) / 10;
  }
  return outcomes.seconds;
}

void Run(const Settings& settings, Report& report) {
  SlowDatabase database;
  House house(settings.smoke ? 200 : 1'000);
  const std::vector<std::string> ids = Ids(house);
  const absl::Duration time = settings.smoke ? absl::Seconds(1) : absl::Seconds(5);
  Load closed(Gets(house, ids, kBusy));
  // So that every thread has its session, whose opening takes many statements.
  Measure(closed, absl::Milliseconds(500));
  database.Delay(kDelay);
  const auto openly = [&](double rate) {
    return CallOpenly(house.address(), kGet, NextGet(ids), rate, time, kDeadline);
  };
  for (int i = 0; i < settings.rounds; ++i) {
    // Each of whom waits for his answer.
    const double peak = Measure(closed, time).rate();
    for (const int times : {2, 5, 10}) {
      const Outcomes outcomes = openly(peak * times);
      Note(absl::StrCat("overload, ", times, " times ", static_cast<int>(peak),
                        " calls/s: ", Describe(outcomes)));
      report.Add(absl::StrCat("overload_goodput_", times), outcomes.goodput() / peak, "ratio");
      const Outcomes after = openly(peak * kNormal);
      Note(absl::StrCat("  then half of it: ", Describe(after)));
      report.Add("overload_recovery", NormalAfter(after), "s");
    }
  }
}

}  // namespace

Group OverloadFigures() {
  return {{"overload_goodput_2", "overload_goodput_5", "overload_goodput_10", "overload_recovery"},
          Run};
}

}  // namespace qinglian::bench
