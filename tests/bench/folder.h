// A folder for what a benchmark writes.
#ifndef QINGLIAN_TESTS_BENCH_FOLDER_H_
#define QINGLIAN_TESTS_BENCH_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "tests/bench/process.h"

namespace qinglian::bench {

// Gone with the object.
class Folder {
 public:
  Folder() {
    std::string path = std::filesystem::temp_directory_path() / "qinglian-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) Fail("no temporary folder");
    path_ = path;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_FOLDER_H_
