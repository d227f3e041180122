#include "common/run/event_record.h"

#include <array>
#include <bit>

namespace muster::run {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Of CRC-32C, bits reversed.

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

/// A checksum of bytes that hold checksums themselves is weak, so those in files are masked.
std::uint32_t masked(std::uint32_t checksum) { return std::rotr(checksum, 15) + 0xa282ead8; }

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

std::string framed(const std::string& event) {
  const std::string length = little_endian(std::uint64_t{event.size()});
  return length + little_endian(masked(crc32c(length))) + event +
         little_endian(masked(crc32c(event)));
}

// --- protocol buffers: a field is a key (number and wire type) and a value -----------------------

enum class Wire : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

std::string key(unsigned field, Wire wire) {
  return varint(field << 3 | static_cast<unsigned>(wire));
}

std::string integer_field(unsigned field, std::int64_t value) {
  return key(field, Wire::varint) + varint(static_cast<std::uint64_t>(value));
}

std::string double_field(unsigned field, double value) {
  return key(field, Wire::fixed64) + little_endian(std::bit_cast<std::uint64_t>(value));
}

std::string float_field(unsigned field, float value) {
  return key(field, Wire::fixed32) + little_endian(std::bit_cast<std::uint32_t>(value));
}

/// Texts and messages.
std::string bytes_field(unsigned field, const std::string& value) {
  return key(field, Wire::bytes) + varint(value.size()) + value;
}

std::string time_fields(const EventTime& time) {
  return double_field(1, time.wall_seconds) + integer_field(2, time.step);
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t value = 0xffffffff;
  for (const char byte : bytes) {
    value = (value >> 8) ^ kTable[(value ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return ~value;
}

std::string version_record(const EventTime& time) {
  return framed(time_fields(time) + bytes_field(3, "brain.Event:2"));
}

std::string start_record(const EventTime& time) {
  constexpr std::int64_t kStart = 1;  // SessionLog.SessionStatus.START
  return framed(time_fields(time) + bytes_field(7, integer_field(1, kStart)));
}

std::string scalars_record(const EventTime& time, const std::map<std::string, double>& scalars) {
  std::string summary;
  for (const auto& [name, value] : scalars) {
    summary += bytes_field(1, bytes_field(1, name) + float_field(2, static_cast<float>(value)));
  }
  return framed(time_fields(time) + bytes_field(5, summary));
}

}  // namespace muster::run
