// Creates of organizations, all alike but for their ids and parents, and what rows they make.
#ifndef QINGLIAN_TESTS_BENCH_CREATES_H_
#define QINGLIAN_TESTS_BENCH_CREATES_H_

#include <string>
#include <vector>

#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"

namespace qinglian::bench {

inline constexpr char kCreate[] =
    "/qinglian.organization.v1.OrganizationService/CreateOrganization";

class Creates {
 public:
  struct Parent {
    std::string id;
    std::string path;
  };

  // Creates one to learn from, and takes the organizations that are there for parents.
  explicit Creates(House& house);

  // A request that was never made before; `random` chooses the parent.
  organization::v1::CreateOrganizationRequest Next(unsigned random) const;
  // Calls that create, each another organization.
  Calls Through(const std::string& address, int callers) const;

  const std::vector<Parent>& parents() const { return parents_; }
  // What a create writes.
  const std::string& display_name() const { return display_name_; }
  const std::string& search_text() const { return search_text_; }
  const std::string& details() const { return details_; }
  const std::string& after() const { return after_; }
  const std::vector<std::string>& pieces() const { return pieces_; }

 private:
  std::vector<Parent> parents_;
  std::string display_name_;
  std::string search_text_;
  std::string details_;
  std::string after_;
  std::vector<std::string> pieces_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_CREATES_H_
