// A token that was not made here is refused; one that was comes back as it was, for its own
// question only.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/paging/page_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const qinglian::paging::TokenCodec codec({"a secret of the fuzzer alone"});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (codec.Decode("question", input).ok()) abort();
  const std::string token = codec.Encode(input, {std::string(input), "id"});
  auto position = codec.Decode(input, token);
  if (!position.ok() || position->key != input || position->id != "id") abort();
  if (codec.Decode(std::string(input) + "?", token).ok()) abort();
  return 0;
}
