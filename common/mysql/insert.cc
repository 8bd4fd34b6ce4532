#include "common/mysql/insert.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/status/macros.h"

namespace qinglian::mysql {
namespace {

// The rows go in chunks of these sizes, so that few statements are prepared.
constexpr size_t kChunks[] = {256, 64, 16, 4, 1};

}  // namespace

absl::Status InsertRows(Connection& connection, std::string_view head, size_t width,
                        const std::vector<Param>& values, std::string_view tail) {
  const std::string row =
      absl::StrCat("(", absl::StrJoin(std::vector<std::string>(width, "?"), ", "), ")");
  for (size_t done = 0; done < values.size();) {
    const size_t left = (values.size() - done) / width;
    const size_t chunk =
        *std::find_if(std::begin(kChunks), std::end(kChunks), [&](size_t c) { return c <= left; });
    const std::string sql = absl::StrCat(std::string(head), " VALUES ",
                                         absl::StrJoin(std::vector<std::string>(chunk, row), ", "),
                                         " ", std::string(tail));
    RETURN_IF_ERROR(
        connection.Execute(sql, absl::MakeConstSpan(values).subspan(done, chunk * width)).status());
    done += chunk * width;
  }
  return absl::OkStatus();
}

}  // namespace qinglian::mysql
