// What the user with whom a service runs may do in its schema: read and write rows, change no
// table; only insert into the journal and its positions; delete only what is pending or derived.
#ifndef QINGLIAN_COMMON_MYSQL_GRANT_H_
#define QINGLIAN_COMMON_MYSQL_GRANT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/mysql/options.h"

namespace qinglian::mysql {

// Grants that to `user`, `name` or `name@host` (any host), for every table that is there now: after
// each migration, since a new table has no grants. `deletable` are the service's own tables that it
// deletes from (services/<service>/migrations/deletable.txt). As the user of `options`, who needs
// these rights with GRANT OPTION on this schema and no other. INVALID_ARGUMENT where `user` is no
// such name; FAILED_PRECONDITION, a sentence for an operator, where the database refuses.
absl::Status GrantTables(const Options& options, std::string_view user,
                         absl::Span<const std::string_view> deletable);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_GRANT_H_
