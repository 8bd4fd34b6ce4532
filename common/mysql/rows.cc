#include <cstdlib>
#include <utility>

#include "absl/base/internal/raw_logging.h"
#include "absl/strings/numbers.h"
#include "common/mysql/core.h"
#include "common/mysql/datetime.h"

namespace qinglian::mysql {
namespace {

// The driver counts columns from 1 and throws for one that is not there.
template <typename F>
auto Read(const char* what, F&& fn) -> decltype(fn()) {
  try {
    return fn();
  } catch (const std::exception& e) {
    ABSL_RAW_LOG(FATAL, "reading %s of a row of the database: %s", what, e.what());
  }
  std::abort();
}

}  // namespace

Rows::Impl::~Impl() {
  try {
    result.reset();
    statement.reset();
  } catch (const std::exception&) {
    core->broken = true;
  }
  if (prepared != nullptr) prepared->busy = false;
}

Rows::Rows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

bool Rows::Next() {
  return Read("the next", [&] { return impl_->result->next(); });
}

size_t Rows::size() const {
  return Read("the number", [&] { return impl_->result->rowsCount(); });
}

int Rows::columns() const { return impl_->columns; }

std::string Rows::ColumnName(int i) const {
  return Read("a column's name",
              [&] { return std::string(impl_->result->getMetaData()->getColumnLabel(i + 1)); });
}

bool Rows::IsNull(int i) const {
  return Read("a value", [&] { return impl_->result->isNull(i + 1); });
}

int64_t Rows::Int(int i) const {
  return Read("an integer", [&] { return impl_->result->getInt64(i + 1); });
}

uint64_t Rows::Uint(int i) const {
  return Read("an integer", [&] { return impl_->result->getUInt64(i + 1); });
}

double Rows::Double(int i) const {
  return Read("a number", [&] { return static_cast<double>(impl_->result->getDouble(i + 1)); });
}

std::string Rows::Bytes(int i) const {
  return Read("bytes", [&]() -> std::string {
    // The driver's string only wraps one of ours, which need not be copied to be kept.
    sql::SQLString value = impl_->result->getString(i + 1);
    return std::move(const_cast<std::string&>(value.asStdString()));
  });
}

absl::Time Rows::Time(int i) const {
  if (IsNull(i)) return absl::UnixEpoch();
  return Read("a time", [&] { return ParseDateTime(Bytes(i)); });
}

absl::CivilDay Rows::Day(int i) const {
  if (IsNull(i)) return absl::CivilDay();
  return Read("a day", [&] { return ParseDay(Bytes(i)); });
}

}  // namespace qinglian::mysql
