// The bytes of TensorBoard's event files: a TFRecord frame around a protocol buffer `Event`. Pure.
//
// Only what scalars need is here, a dozen fields; a protobuf library would be larger than all of it
// and collides with the one inside libtorch's headers.
//
// Frame:  u64 length (little endian), u32 masked CRC-32C of these 8 bytes, the event, u32 masked
//         CRC-32C of the event.
// Event:  1 wall_time double, 2 step int64, 3 file_version string, 5 summary, 7 session_log.
// Source: tensorflow/core/util/event.proto, tensorflow/core/lib/io/record_writer.cc (TensorFlow 2).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace muster::run {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

/// When an event happened.
struct EventTime {
  double wall_seconds = 0;  // Since 1970.
  std::int64_t step = 0;
};

/// The first record of a file. One whole frame, like those below.
std::string version_record(const EventTime& time);

/// A training begins, or goes on, with this step: TensorBoard forgets what it has of it and later.
std::string start_record(const EventTime& time);

/// The values of `scalars` by name, as 32-bit floats.
std::string scalars_record(const EventTime& time, const std::map<std::string, double>& scalars);

}  // namespace muster::run
