#include "common/resource/methods.h"

#include <algorithm>
#include <numeric>

#include "common/mysql/errors.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::resource {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The request that an item of a batch holds in its oneof; null where it holds none.
const Message* RequestOf(const Message& item) {
  const google::protobuf::Descriptor* type = item.GetDescriptor();
  if (type->oneof_decl_count() == 0) return nullptr;
  const FieldDescriptor* set =
      item.GetReflection()->GetOneofFieldDescriptor(item, type->oneof_decl(0));
  return set == nullptr ? nullptr : &item.GetReflection()->GetMessage(item, set);
}

std::string TextOf(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

std::string NameOf(const Message& item) {
  const Message* request = RequestOf(item);
  return request == nullptr ? std::string() : TextOf(*request, "name");
}

}  // namespace

void Methods::FillVerdict(const Message& resource, journal::v1::BatchVerdict& verdict) {
  verdict.set_etag(TextOf(resource, "etag"));
  const FieldDescriptor* state = resource.GetDescriptor()->FindFieldByName("state");
  if (state != nullptr)
    verdict.set_state(resource.GetReflection()->GetEnum(resource, state)->name());
}

absl::Status Methods::RunBatchItem(journal::Transaction& tx, const Message& item,
                                   journal::v1::BatchVerdict& verdict) {
  const Message* request = RequestOf(item);
  const auto transition =
      request == nullptr ? transitions_.end() : transitions_.find(request->GetDescriptor());
  if (transition == transitions_.end()) {
    status::FieldViolations violations;
    violations.Add("transition", "REQUIRED", "one transition must be set", "必须指定一种转换");
    return violations.ToStatus();
  }
  return journal::RunItem(tx, [&] { return transition->second(tx, *request, verdict); });
}

absl::Status Methods::RunBatch(journal::Transaction& tx, const std::vector<const Message*>& items,
                               std::vector<journal::v1::BatchVerdict>& verdicts) {
  // Rows are locked in the order of their names, so that two batches never wait for each other.
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return NameOf(*items[a]) < NameOf(*items[b]); });
  verdicts.resize(items.size());
  for (size_t i : order) {
    verdicts[i].set_name(NameOf(*items[i]));
    const absl::Status status = RunBatchItem(tx, *items[i], verdicts[i]);
    if (mysql::EndsTransaction(status)) return status;
    *verdicts[i].mutable_status() = status::ToProto(status);
  }
  return absl::OkStatus();
}

}  // namespace qinglian::resource
