// Questions of the search for organizations, as they might be asked of a registry of any size.
#ifndef QINGLIAN_TESTS_BENCH_NATION_SEARCH_H_
#define QINGLIAN_TESTS_BENCH_NATION_SEARCH_H_

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/bare.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"

namespace qinglian::bench {

// An organization that questions are made of.
struct Sampled {
  std::string id;
  std::string path;
  std::string kind;
  std::string division;
  std::string display_name;
};

// Some thousand organizations from all over a registry.
std::vector<Sampled> SampleOf(const House& house);

// Two neighbouring characters of the name of one organization, and nothing more, or the kind, the
// division or a superior of another, or kind and superior: by turns.
class Questions {
 public:
  // `sample` outlives it.
  Questions(const std::vector<Sampled>& sample, unsigned seed) : sample_(sample), random_(seed) {}

  struct Question {
    std::string query;
    // Empty where it does not matter.
    std::string kind, division, subtree_path;
  };
  Question Next();

 private:
  const std::vector<Sampled>& sample_;
  std::minstd_rand random_;
  unsigned turn_ = 0;
};

// Calls of SearchOrganizations.
Calls Searches(const House& house, const std::vector<Sampled>& sample);

// The same questions in the plainest SQL over the same tables, as the database itself plans it.
BareLoop::Step BareSearch(const mysql::Options& database, const std::vector<Sampled>& sample);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_NATION_SEARCH_H_
