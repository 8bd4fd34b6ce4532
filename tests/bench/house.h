// The organization service as a process, with a registry of organizations in it that an import
// made.
#ifndef QINGLIAN_TESTS_BENCH_HOUSE_H_
#define QINGLIAN_TESTS_BENCH_HOUSE_H_

#include <string>
#include <vector>

#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/support/system.h"

namespace qinglian::bench {

class House {
 public:
  // Starts organization and the gateway; there is nothing in it.
  House();
  // The same with so many organizations imported.
  explicit House(int organizations);

  test::System& system() { return system_; }
  // Where the service itself listens.
  std::string address() const { return system_.address("organization"); }
  const mysql::Options& database() const { return system_.database("organization").options(); }

  // Who works for a call: the caller (this process), the database, and the service.
  std::vector<pid_t> workers() const;

  // Writes a file of `count` organizations, a tree with names as long as real ones, which `source`
  // knows by numbers.
  std::string WriteCsv(const std::string& source, int count) const;
  // `qlctl import organizations FILE`: through the gateway, to its end.
  void Import(const std::string& file) const;
  // `qlctl import persons FILE`.
  void ImportPersons(const std::string& file) const;
  // `qlctl import divisions FILE`.
  void ImportDivisions(const std::string& file) const;

 private:
  void Ctl(const std::vector<std::string>& arguments) const;

  Folder folder_;
  test::System system_;
};

// How many organizations a House has unless a figure wants more.
inline int UsualOrganizations(const Settings& settings) { return settings.smoke ? 200 : 5'000; }

// The code of the one county there is.
inline constexpr char kDivision[] = "330106";

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_HOUSE_H_
