#include "common/seal/sealed_values.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/crypto.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::seal {
namespace {

constexpr char kAt[] = " WHERE collection=? AND owner=? AND field=?";

// What the ciphertext is bound to. Not the key's version, which changes without it.
std::string ValueBinding(const Place& place, int64_t algorithm) {
  return crypto::Canonical()
      .Add("qinglian sealed value 1")
      .Add(place.collection)
      .Add(place.owner)
      .Add(place.field)
      .Add(algorithm)
      .bytes();
}

std::string KeyBinding(const Place& place, int64_t algorithm, int64_t key_version) {
  return crypto::Canonical()
      .Add("qinglian sealed key 1")
      .Add(place.collection)
      .Add(place.owner)
      .Add(place.field)
      .Add(algorithm)
      .Add(key_version)
      .bytes();
}

std::string Digest(const KeyVersions& keys, const Place& place, const Secret& value) {
  return crypto::Hmac(keys.digest_key, crypto::Canonical()
                                           .Add("qinglian sealed digest 1")
                                           .Add(place.collection)
                                           .Add(place.field)
                                           .Add(value.Reveal())
                                           .bytes());
}

absl::Status Missing(const std::string& what) {
  return status::Error(status::kSealingKeyMissing, {{"detail", what}});
}

absl::Status Corrupt() { return absl::DataLossError("a sealed value does not open"); }

// How many values one statement takes.
constexpr size_t kAtOnce = 64;

std::string Repeated(const std::string& place, size_t times) {
  return absl::StrJoin(std::vector<std::string>(times, place), ", ");
}

// The value's own key.
absl::StatusOr<Secret> Unwrap(const KeyVersions& keys, const Place& place,
                              const Envelope& envelope) {
  const auto key = keys.keys.find(envelope.key_version);
  if (key == keys.keys.end()) return Missing(absl::StrCat("version ", envelope.key_version));
  if (envelope.algorithm != kAes256Gcm) return Corrupt();
  std::optional<std::string> own =
      crypto::Open(key->second, envelope.wrapped_key,
                   KeyBinding(place, envelope.algorithm, envelope.key_version));
  if (!own.has_value() || own->size() != crypto::kHashSize) return Corrupt();
  return Secret(*std::move(own));
}

void Wrap(const KeyVersions& keys, const Place& place, const Secret& own, Envelope& envelope) {
  envelope.key_version = keys.newest();
  envelope.wrapped_key = crypto::Seal(keys.keys.at(envelope.key_version), own.Reveal(),
                                      KeyBinding(place, envelope.algorithm, envelope.key_version));
}

}  // namespace

Envelope SealEnvelope(const KeyVersions& keys, const Place& place, const Secret& value) {
  Envelope envelope;
  envelope.algorithm = kAes256Gcm;
  const Secret own(crypto::NewKey());
  envelope.ciphertext =
      crypto::Seal(own.Reveal(), value.Reveal(), ValueBinding(place, envelope.algorithm));
  Wrap(keys, place, own, envelope);
  return envelope;
}

absl::StatusOr<Secret> OpenEnvelope(const KeyVersions& keys, const Place& place,
                                    const Envelope& envelope) {
  ASSIGN_OR_RETURN(const Secret own, Unwrap(keys, place, envelope));
  std::optional<std::string> value =
      crypto::Open(own.Reveal(), envelope.ciphertext, ValueBinding(place, envelope.algorithm));
  if (!value.has_value()) return Corrupt();
  return Secret(*std::move(value));
}

absl::Status RewrapEnvelope(const KeyVersions& keys, const Place& place, Envelope& envelope) {
  ASSIGN_OR_RETURN(const Secret own, Unwrap(keys, place, envelope));
  Wrap(keys, place, own, envelope);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const KeyVersions>> SealedValues::Keys() const {
  if (keys_ == nullptr) return Missing("--sealing_key_file is not set");
  return keys_->Current();
}

absl::Status SealedValues::Put(mysql::Connection& connection, const Place& place,
                               const Secret& value) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  const Envelope envelope = SealEnvelope(*keys, place, value);
  // Not an upsert: by the digest's key that could change the row of another owner.
  RETURN_IF_ERROR(Remove(connection, place));
  return connection
      .Execute(
          "INSERT INTO sealed_values (collection, owner, field, algorithm, key_version, "
          "wrapped_key, ciphertext, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          {place.collection, place.owner, place.field, envelope.algorithm, envelope.key_version,
           envelope.wrapped_key, envelope.ciphertext, Digest(*keys, place, value)})
      .status();
}

absl::Status SealedValues::PutMany(mysql::Connection& connection,
                                   absl::Span<const std::pair<Place, const Secret*>> values) const {
  if (values.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  for (size_t done = 0; done < values.size();) {
    const size_t chunk = values.size() - done >= kAtOnce ? kAtOnce : 1;
    std::vector<Envelope> envelopes;
    std::vector<std::string> digests;
    std::vector<mysql::Param> params;
    envelopes.reserve(chunk);
    digests.reserve(chunk);
    for (size_t i = done; i < done + chunk; ++i) {
      const auto& [place, value] = values[i];
      const Envelope& made = envelopes.emplace_back(SealEnvelope(*keys, place, *value));
      const std::string& digest = digests.emplace_back(Digest(*keys, place, *value));
      params.insert(params.end(), {place.collection, place.owner, place.field, made.algorithm,
                                   made.key_version, made.wrapped_key, made.ciphertext, digest});
    }
    RETURN_IF_ERROR(
        connection
            .Execute(absl::StrCat("INSERT INTO sealed_values (collection, owner, field, algorithm, "
                                  "key_version, wrapped_key, ciphertext, digest) VALUES ",
                                  Repeated("(?, ?, ?, ?, ?, ?, ?, ?)", chunk)),
                     params)
            .status());
    done += chunk;
  }
  return absl::OkStatus();
}

absl::Status SealedValues::Remove(mysql::Connection& connection, const Place& place) const {
  return connection
      .Execute(absl::StrCat("DELETE FROM sealed_values", kAt),
               {place.collection, place.owner, place.field})
      .status();
}

absl::StatusOr<Secret> SealedValues::Open(mysql::Connection& connection, const Place& place) const {
  RETURN_IF_ERROR(Keys().status());
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT algorithm, key_version, wrapped_key, ciphertext FROM sealed_values",
                       kAt),
          {place.collection, place.owner, place.field}));
  if (!rows.Next()) return status::NotFound("", "");
  const Envelope envelope{rows.Int(0), rows.Int(1), rows.Bytes(2), rows.Bytes(3)};
  return OpenEnvelope(*keys_->With(envelope.key_version), place, envelope);
}

absl::StatusOr<std::optional<std::string>> SealedValues::Find(mysql::Connection& connection,
                                                              const Place& place,
                                                              const Secret& value) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT owner FROM sealed_values WHERE collection = ? AND field = ? AND "
                       "digest = ?",
                       {place.collection, place.field, Digest(*keys, place, value)}));
  if (!rows.Next()) return std::nullopt;
  return rows.Bytes(0);
}

absl::StatusOr<std::vector<std::string>> SealedValues::FindMany(
    mysql::Connection& connection, const Place& place,
    absl::Span<const Secret* const> values) const {
  std::vector<std::string> owners(values.size());
  if (values.empty()) return owners;
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  std::map<std::string, std::string> found;
  std::vector<std::string> digests;
  for (const Secret* value : values) digests.push_back(Digest(*keys, place, *value));
  for (size_t done = 0; done < digests.size(); done += kAtOnce) {
    std::vector<mysql::Param> params = {place.collection, place.field};
    // Filled up by repeating the last, so that one statement serves all.
    for (size_t i = done; i < done + kAtOnce; ++i)
      params.emplace_back(std::string_view(digests[std::min(i, digests.size() - 1)]));
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(
            absl::StrCat("SELECT digest, owner FROM sealed_values WHERE collection = ? "
                         "AND field = ? AND digest IN (",
                         Repeated("?", kAtOnce), ")"),
            params));
    while (rows.Next()) found[rows.Bytes(0)] = rows.Bytes(1);
  }
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto owner = found.find(digests[i]);
    if (owner != found.end()) owners[i] = owner->second;
  }
  return owners;
}

absl::StatusOr<int64_t> SealedValues::Rotate(mysql::Connection& connection, int64_t limit) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT collection, owner, field, algorithm, key_version, "
                                    "wrapped_key FROM sealed_values WHERE key_version < ? "
                                    "ORDER BY collection, owner, field LIMIT ? FOR UPDATE",
                                    {keys->newest(), limit}));
  int64_t rotated = 0;
  while (rows.Next()) {
    const Place place{rows.Bytes(0), rows.Bytes(1), rows.Bytes(2)};
    Envelope envelope{rows.Int(3), rows.Int(4), rows.Bytes(5), ""};
    RETURN_IF_ERROR(RewrapEnvelope(*keys, place, envelope));
    RETURN_IF_ERROR(
        connection
            .Execute(absl::StrCat("UPDATE sealed_values SET key_version=?, wrapped_key=?", kAt),
                     {envelope.key_version, envelope.wrapped_key, place.collection, place.owner,
                      place.field})
            .status());
    ++rotated;
  }
  return rotated;
}

absl::StatusOr<std::map<int64_t, int64_t>> SealedValues::CountByVersion(
    mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT key_version, COUNT(*) FROM sealed_values GROUP BY key_version"));
  std::map<int64_t, int64_t> counts;
  while (rows.Next()) counts[rows.Int(0)] = rows.Int(1);
  return counts;
}

absl::StatusOr<int64_t> SealedValues::newest_version() const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  return keys->newest();
}

absl::Status SealedValues::CheckKeys(mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(const auto counts, CountByVersion(connection));
  if (counts.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyVersions> keys, Keys());
  for (const auto& [version, count] : counts) {
    if (keys->keys.count(version) > 0) continue;
    return Missing(absl::StrCat("version ", version, ", which ", count, " values are under"));
  }
  return absl::OkStatus();
}

}  // namespace qinglian::seal
