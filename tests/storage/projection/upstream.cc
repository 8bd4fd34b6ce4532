#include "tests/storage/projection/upstream.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/journal/journal_service.h"
#include "qinglian/organization/v1/journal_service.pb.h"
#include "tests/support/identity.h"

namespace qinglian::test::projection {
namespace {

// The items as they are.
absl::StatusOr<qinglian::journal::SnapshotPage> ReadItems(mysql::Connection& connection,
                                                          std::string_view after_id, int limit) {
  qinglian::journal::SnapshotPage page;
  auto rows = connection.Query(
      "SELECT id, version, value FROM items WHERE id > ? ORDER BY id LIMIT ?", {after_id, limit});
  if (!rows.ok()) return rows.status();
  while (rows->Next()) {
    journal::Item item;
    item.set_name(id::FormatName("items", *id::Uuid::FromBytes(rows->Bytes(0))));
    item.set_value(rows->Int(2));
    qinglian::journal::v1::Change& change = page.changes.emplace_back();
    change.set_resource(item.name());
    change.set_version(rows->Int(1));
    change.set_kind(item.GetTypeName());
    change.set_operation(qinglian::journal::v1::Change::OPERATION_SNAPSHOT);
    change.mutable_after()->PackFrom(item);
    page.last_id = rows->Bytes(0);
  }
  return page;
}

rpc::ServerOptions ServerOptionsOf(const std::string& address, const mysql::Options& database) {
  rpc::ServerOptions options;
  options.listen = address;
  options.pipeline.workers = 2;
  options.pipeline.bulk_threads = 1;
  options.pipeline.database = database;
  options.pipeline.identity_keys = IdentityKeys();
  options.drain_wait = absl::ZeroDuration();
  return options;
}

qinglian::journal::FeedOptions FeedOptionsOf(const mysql::Options& database) {
  qinglian::journal::FeedOptions options{.database = database, .key = std::string(32, 'k')};
  options.sources = {{journal::Item::descriptor()->full_name(), ReadItems}};
  options.heartbeat = absl::Milliseconds(100);
  // Small pages, so that snapshots and batches have many.
  options.page = 20;
  return options;
}

qinglian::journal::SequencerOptions SequencerOptionsOf(const mysql::Options& database) {
  qinglian::journal::SequencerOptions options;
  options.database = database;
  return options;
}

}  // namespace

struct Upstream::Process {
  Process(journal::Items& items, const std::string& address)
      : registry(std::make_shared<metrics::Registry>("items", "test")),
        sequencer(items.journal(), SequencerOptionsOf(items.options())),
        feed(items.journal(), FeedOptionsOf(items.options())),
        history(std::string(32, 'k')),
        search(std::string(32, 'k')),
        server(ServerOptionsOf(address, items.options()), *registry),
        service(server.pipeline(), "qinglian.organization.v1.JournalService") {
    qinglian::journal::AddJournalMethods(service, items.journal(), feed, history, search);
    server.Add(&service);
    const absl::Status status = server.Start();
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::abort();
    }
    server.SetReady(true);
  }
  ~Process() {
    server.Drain();
    feed.Stop();
  }

  std::shared_ptr<metrics::Registry> registry;
  qinglian::journal::Sequencer sequencer;
  qinglian::journal::Feed feed;
  qinglian::journal::History history;
  qinglian::journal::Search search;
  rpc::Server server;
  rpc::Service service;
};

Upstream::Upstream() {
  char folder[] = "/tmp/upstream_XXXXXX";
  folder_ = mkdtemp(folder);
  address_ = absl::StrCat("unix:", folder_, "/socket");
}

Upstream::~Upstream() {
  Stop();
  (void)unlink(absl::StrCat(folder_, "/socket").c_str());
  (void)rmdir(folder_.c_str());
}

void Upstream::Start() { process_ = std::make_unique<Process>(items_, address_); }

void Upstream::Stop() { process_.reset(); }

std::vector<std::string> Upstream::Create(int count, int64_t value) {
  std::vector<std::string> names;
  journal::TestCall call(items_.options(), "/create");
  for (int i = 0; i < count; ++i) {
    auto item = items_.CreateOne(call, value);
    if (!item.ok()) std::abort();
    names.push_back(item->name());
  }
  return names;
}

void Upstream::Add(const std::string& item, int64_t amount) {
  journal::TestCall call(items_.options(), "/add");
  journal::AddToItemRequest request;
  request.set_name(item);
  request.set_amount(amount);
  request.set_request_id(journal::NewRequestId());
  if (!items_.Add(call, request).ok()) std::abort();
}

std::string Upstream::Contents() const {
  return items_.database().Value(
      "SELECT GROUP_CONCAT(HEX(id), ' ', version, ' ', value ORDER BY id SEPARATOR '\\n') "
      "FROM items");
}

}  // namespace qinglian::test::projection
