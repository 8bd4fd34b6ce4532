#include "tests/flow/hostile/the_year.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/flow/hostile/planted.h"

namespace qinglian::test {
namespace {

ToldYear* the_year = nullptr;

class YearEnds : public testing::Environment {
 public:
  void TearDown() override { delete std::exchange(the_year, nullptr); }
};
const auto* const year_ends = testing::AddGlobalTestEnvironment(new YearEnds);

}  // namespace

ToldYear& TheYear() {
  if (the_year == nullptr) {
    the_year = new ToldYear(
        [](const google::protobuf::MethodDescriptor& method, google::protobuf::Message& request) {
          Plant(method, request, PlantedEnums::kUnknown);
        },
        "debug");
  }
  return *the_year;
}

}  // namespace qinglian::test
