// A script is split into statements or refused; what comes out is one statement and no more.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mysql/migrate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  auto statements = qinglian::mysql::SplitSql(script);
  if (!statements.ok()) return 0;
  for (const std::string& statement : *statements) {
    auto again = qinglian::mysql::SplitSql(statement);
    if (!again.ok() || again->size() > 1) abort();
  }
  return 0;
}
