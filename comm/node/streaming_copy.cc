#include "comm/node/streaming_copy.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace muster::comm {

#ifdef __SSE2__

void streaming_copy(std::byte* to, const std::byte* from, std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  const std::size_t ahead =
      std::min(bytes, (kLine - reinterpret_cast<std::uintptr_t>(to) % kLine) % kLine);
  std::memcpy(to, from, ahead);
  std::size_t at = ahead;
  for (; at + kLine <= bytes; at += kLine) {
    for (std::size_t word = 0; word < kLine; word += sizeof(__m128i)) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + at + word),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at + word)));
    }
  }
  std::memcpy(to + at, from + at, bytes - at);
  _mm_sfence();  // Streaming stores are not ordered with the others.
}

#else

void streaming_copy(std::byte* to, const std::byte* from, std::size_t bytes) {
  std::memcpy(to, from, bytes);
}

#endif

}  // namespace muster::comm
