#include "services/ctl/development_tokens.h"

#include <cjose/header.h>
#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <jansson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/status/macros.h"
#include "services/ctl/context.h"
#include "services/ctl/written_file.h"

namespace qinglian::ctl {
namespace {

using Jwk = std::unique_ptr<cjose_jwk_t, bool (*)(cjose_jwk_t*)>;
using Jws = std::unique_ptr<cjose_jws_t, void (*)(cjose_jws_t*)>;
using Json = std::unique_ptr<json_t, void (*)(json_t*)>;
using Text = std::unique_ptr<char, void (*)(void*)>;

Json NewObject() {
  return Json(json_object(), [](json_t* json) { json_decref(json); });
}

std::string KeyText(const cjose_jwk_t* key, bool with_private_half) {
  const Text text(cjose_jwk_to_json(key, with_private_half, nullptr), &std::free);
  return text == nullptr ? "" : text.get();
}

absl::StatusOr<Jwk> ReadKey(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string json = text.str();
  Jwk key(cjose_jwk_import(json.data(), json.size(), nullptr), &cjose_jwk_release);
  if (key == nullptr) return Usage(absl::StrCat(path, " is not a token key"));
  return key;
}

std::string Claims(const TokenWanted& wanted) {
  const Json claims = NewObject();
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  json_object_set_new(claims.get(), "iss", json_string(wanted.issuer.c_str()));
  json_object_set_new(claims.get(), "aud", json_string(wanted.audience.c_str()));
  json_object_set_new(claims.get(), "sub", json_string(wanted.subject.c_str()));
  json_object_set_new(claims.get(), "iat", json_integer(now));
  json_object_set_new(claims.get(), "exp",
                      json_integer(now + absl::ToInt64Seconds(wanted.lifetime)));
  json_object_set_new(claims.get(), "jti", json_string(id::Uuid::NewV4().ToString().c_str()));
  const Text text(json_dumps(claims.get(), JSON_COMPACT), &std::free);
  return text.get();
}

}  // namespace

absl::Status MakeTokenKey(const std::string& file) {
  if (std::filesystem::exists(file)) return ReadKey(file).status();
  const Jwk key(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr), &cjose_jwk_release);
  const std::string id = id::Uuid::NewV4().ToString();
  if (key == nullptr || !cjose_jwk_set_kid(key.get(), id.c_str(), id.size(), nullptr))
    return Usage("a key cannot be made");
  RETURN_IF_ERROR(Replace(file + ".public",
                          absl::StrCat("{\"keys\":[", KeyText(key.get(), false), "]}\n"), 0644));
  return WriteNew(file, KeyText(key.get(), true) + "\n", 0600);
}

absl::StatusOr<std::string> IssueToken(const std::string& key_file, const TokenWanted& wanted) {
  ASSIGN_OR_RETURN(const Jwk key, ReadKey(key_file));
  const Json header = NewObject();
  json_object_set_new(header.get(), CJOSE_HDR_ALG, json_string(CJOSE_HDR_ALG_ES256));
  json_object_set_new(header.get(), CJOSE_HDR_KID,
                      json_string(cjose_jwk_get_kid(key.get(), nullptr)));
  const std::string claims = Claims(wanted);
  const Jws jws(
      cjose_jws_sign(key.get(), reinterpret_cast<cjose_header_t*>(header.get()),
                     reinterpret_cast<const uint8_t*>(claims.data()), claims.size(), nullptr),
      &cjose_jws_release);
  const char* token = nullptr;
  // The text belongs to the JWS.
  if (jws == nullptr || !cjose_jws_export(jws.get(), &token, nullptr))
    return Usage(absl::StrCat(key_file, " cannot sign"));
  return std::string(token);
}

}  // namespace qinglian::ctl
