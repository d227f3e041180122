// Messages as bytes. A frame is a 4-byte big-endian length and that many bytes of JSON:
// {"type": "heartbeat", ...}. Bytes: docs/protocol.md.
//
// Input is hostile until proven otherwise: lengths are checked before memory is taken, depth is
// bounded while parsing, unknown types, missing keys and wrong types are Error{invalid}.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/wire/messages.h"

namespace muster::wire {

inline constexpr std::size_t kLargestFrameBytes = 1 << 20;

/// The JSON text of a message; the frame's content.
std::string encode(const Message& message);

/// The message in a frame's content. Throws Error{invalid}. Keys it does not know are ignored.
Message decode(std::string_view content);

/// Length prefix and content. Throws Error{invalid} for content larger than a frame.
std::string frame(std::string_view content);

/// Takes bytes as they arrive and gives whole frames.
class FrameReader {
 public:
  /// Throws Error{invalid} as soon as a length prefix is larger than allowed.
  void append(std::string_view bytes);

  /// The content of the next whole frame, if one has arrived.
  std::optional<std::string> next();

 private:
  std::string buffer_;
  std::size_t consumed_ = 0;     // Bytes of buffer_ that next() has given away.
  std::size_t next_prefix_ = 0;  // Where the first length that is not checked yet begins or will.
};

}  // namespace muster::wire
