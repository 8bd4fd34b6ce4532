// JSON as tokens and key sets need it: read strictly, a member that stands twice is an error.
// Private to this folder.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_JSON_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_JSON_H_

#include <jansson.h>

#include <memory>
#include <string_view>

namespace qinglian::gateway::oidc {

struct JsonRelease {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, JsonRelease>;

// Null where the text is not one JSON object, or one of its objects has a member twice.
inline Json ParseObject(std::string_view text) {
  Json json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(json.get()) ? std::move(json) : nullptr;
}

// The text of a member; empty where it is absent or no text.
inline std::string_view TextOf(const json_t* object, const char* key) {
  const json_t* value = json_object_get(object, key);
  if (!json_is_string(value)) return {};
  return {json_string_value(value), json_string_length(value)};
}

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_JSON_H_
