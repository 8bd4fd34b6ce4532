#include "tests/storage/projection/item_projection.h"

#include "absl/strings/str_cat.h"
#include "common/clock/clock.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "migrations/test_projection_migrations.h"
#include "tests/storage/journal/item.pb.h"
#include "tests/support/identity.h"

namespace qinglian::test::projection {

using qinglian::journal::v1::Change;
using qinglian::projection::Effect;
using qinglian::projection::FollowerOptions;

namespace {

absl::StatusOr<journal::Item> ItemIn(const Change& change) {
  journal::Item item;
  if (!change.after().UnpackTo(&item)) return status::Error(status::kRequestInvalid);
  return item;
}

}  // namespace

std::vector<std::string> ItemProjection::kinds() const {
  return {journal::Item::descriptor()->full_name()};
}

absl::Status ItemProjection::Apply(mysql::Connection& connection, const Change& change) {
  ASSIGN_OR_RETURN(const journal::Item item, ItemIn(change));
  if (poison != 0 && item.value() == poison) {
    ++poisoned;
    return status::Error(status::kGuardNotMet);
  }
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("items", item.name()));
  return connection
      .Execute(
          "INSERT INTO known_items (id, version, value, applied) VALUES (?, ?, ?, 1) "
          "ON DUPLICATE KEY UPDATE version = VALUES(version), value = VALUES(value), "
          "applied = applied + 1",
          {id.Bytes(), change.version(), item.value()})
      .status();
}

absl::Status ItemProjection::Remove(mysql::Connection& connection, std::string_view kind,
                                    std::string_view resource) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("items", resource));
  return connection.Execute("DELETE FROM known_items WHERE id = ?", {id.Bytes()}).status();
}

std::vector<Effect> ItemProjection::Effects(const Change& change) {
  const absl::StatusOr<journal::Item> item = ItemIn(change);
  if (!item.ok() || item->value() == 0 || item->value() % 7 != 0) return {};
  const std::string key = absl::StrCat(item->name(), " ", item->value());
  return {{.name = "items/seventh", .key = key, .run = [key](qinglian::journal::Transaction& tx) {
             return tx.connection().Execute("INSERT INTO marks (mark) VALUES (?)", {key}).status();
           }}};
}

Downstream::Downstream()
    : database_(Migrations()),
      journal_({.service = "risk",
                .system_clock = clock::SystemClock::Instance(),
                .business_clock = clock::SystemClock::Instance()}) {
  database_.Run(
      "CREATE TABLE known_items (id BINARY(16) PRIMARY KEY, version BIGINT NOT NULL, "
      "value BIGINT NOT NULL, applied INT NOT NULL);"
      "CREATE TABLE marks (mark VARCHAR(100) NOT NULL)");
}

FollowerOptions FollowerOptionsOf(const std::string& address, const mysql::Options& database) {
  FollowerOptions options;
  options.address = address;
  options.database = database;
  options.identity_keys = IdentityKeys();
  options.first_pause = absl::Milliseconds(5);
  options.longest_pause = absl::Milliseconds(50);
  options.standby_poll = absl::Milliseconds(20);
  return options;
}

std::unique_ptr<qinglian::projection::Follower> Downstream::Follow(const std::string& address) {
  auto follower = std::make_unique<qinglian::projection::Follower>(
      journal_, projection_, FollowerOptionsOf(address, options()));
  follower->Start();
  return follower;
}

std::string Downstream::Contents() const {
  return database_.Value(
      "SELECT GROUP_CONCAT(HEX(id), ' ', version, ' ', value ORDER BY id SEPARATOR '\\n') "
      "FROM known_items");
}

}  // namespace qinglian::test::projection
