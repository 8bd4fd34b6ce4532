// Values that nobody may see in a database: each encrypted under a key of its own, which is
// encrypted under a version of the sealing key (envelope encryption), so that keys rotate without
// touching the values, and a value is gone for good when its row is.
//
// A value is bound to its place: copied into another row, or under another name, it does not open.
// The table `sealed_values` is a migration of the service that has such values; it also keeps a
// keyed digest of each value, which tells whether two are the same and nothing else.
#ifndef QINGLIAN_COMMON_SEAL_SEALED_VALUES_H_
#define QINGLIAN_COMMON_SEAL_SEALED_VALUES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/mysql/mysql.h"
#include "common/seal/sealing_keys.h"
#include "common/seal/secret.h"

namespace qinglian::seal {

// The unique key that a second value of the same collection and field with the same text breaks.
inline constexpr std::string_view kDigestKey = "sealed_values_by_digest";

// Where a value belongs.
struct Place {
  // The table of its resource, such as `persons`.
  std::string collection;
  // The resource's id, 16 bytes.
  std::string owner;
  std::string field;
};

// A wrapped key, as it stands in its row.
struct Envelope {
  int64_t algorithm = 0;
  int64_t key_version = 0;
  std::string wrapped_key;
  std::string ciphertext;
};

// AES-256-GCM for value and key.
inline constexpr int64_t kAes256Gcm = 1;

// Encrypts under the newest version.
Envelope SealEnvelope(const KeyVersions& keys, const Place& place, const Secret& value);
// DATA_LOSS where it is not what was sealed for this place; FAILED_PRECONDITION, reason
// SEALING_KEY_MISSING, where the version is not among `keys`.
absl::StatusOr<Secret> OpenEnvelope(const KeyVersions& keys, const Place& place,
                                    const Envelope& envelope);
// Brings the key of a value under the newest version; the ciphertext stays. Errors as OpenEnvelope.
absl::Status RewrapEnvelope(const KeyVersions& keys, const Place& place, Envelope& envelope);

// The values of one schema. Thread-safe.
class SealedValues {
 public:
  // `keys` null: none can be sealed or opened, and every method says so: FAILED_PRECONDITION,
  // reason SEALING_KEY_MISSING.
  explicit SealedValues(std::shared_ptr<const SealingKeys> keys) : keys_(std::move(keys)) {}

  // Puts a value in its place within the open transaction, over the one that was there.
  // ALREADY_EXISTS by kDigestKey (mysql::DuplicateKey) where another owner has the same.
  absl::Status Put(mysql::Connection& connection, const Place& place, const Secret& value) const;

  // Puts the values of owners that have none, with few statements: for imports. Errors as of Put.
  absl::Status PutMany(mysql::Connection& connection,
                       absl::Span<const std::pair<Place, const Secret*>> values) const;

  // Destroys a value; OK where there is none.
  absl::Status Remove(mysql::Connection& connection, const Place& place) const;

  // NOT_FOUND where there is none; otherwise as OpenEnvelope.
  absl::StatusOr<Secret> Open(mysql::Connection& connection, const Place& place) const;

  // The id of the resource whose field has this value; nothing where none has. `place` without
  // owner.
  absl::StatusOr<std::optional<std::string>> Find(mysql::Connection& connection, const Place& place,
                                                  const Secret& value) const;

  // The ids of the resources whose fields have these values, in their order; empty where none has.
  absl::StatusOr<std::vector<std::string>> FindMany(mysql::Connection& connection,
                                                    const Place& place,
                                                    absl::Span<const Secret* const> values) const;

  // Brings at most `limit` values under the newest version within the open transaction; answers how
  // many. Others may write values meanwhile.
  absl::StatusOr<int64_t> Rotate(mysql::Connection& connection, int64_t limit) const;

  // How many values are under which version.
  absl::StatusOr<std::map<int64_t, int64_t>> CountByVersion(mysql::Connection& connection) const;

  absl::StatusOr<int64_t> newest_version() const;

  // FAILED_PRECONDITION, reason SEALING_KEY_MISSING, where values are under versions that the key
  // file does not have: for the start of a service.
  absl::Status CheckKeys(mysql::Connection& connection) const;

 private:
  absl::StatusOr<std::shared_ptr<const KeyVersions>> Keys() const;

  const std::shared_ptr<const SealingKeys> keys_;
};

}  // namespace qinglian::seal

#endif  // QINGLIAN_COMMON_SEAL_SEALED_VALUES_H_
