// Bytes of a peer: frames are taken apart, and what decodes encodes to the same message again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/error.h"
#include "common/wire/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muster::wire;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FrameReader reader;
  try {
    // In two parts, as they may arrive.
    reader.append(bytes.substr(0, size / 2));
    reader.append(bytes.substr(size / 2));
    while (const auto content = reader.next()) {
      const std::string text = encode(decode(*content));
      if (encode(decode(text)) != text) std::abort();
    }
  } catch (const muster::Error& error) {
    if (error.code() != muster::ErrorCode::invalid) std::abort();
  }
  return 0;
}
