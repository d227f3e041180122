#include "data/formats/idx_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "data/formats/unpacked_file.h"

namespace muster::data {
namespace {

constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kBytesPerSize = 4;

/// The unsigned integer of as many bytes.
template <std::size_t bytes>
using Bits = std::conditional_t<
    bytes == 1, std::uint8_t,
    std::conditional_t<bytes == 2, std::uint16_t,
                       std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;

template <class Element>
Element load_big_endian(const std::byte* from) {
  Bits<sizeof(Element)> bits = 0;
  std::memcpy(&bits, from, sizeof bits);
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof bits == 2) bits = __builtin_bswap16(bits);
    if constexpr (sizeof bits == 4) bits = __builtin_bswap32(bits);
    if constexpr (sizeof bits == 8) bits = __builtin_bswap64(bits);
  }
  return std::bit_cast<Element>(bits);
}

/// Calls `use` with a value of the C++ type.
template <class Use>
void with_type(IdxType type, Use use) {
  switch (type) {
    case IdxType::uint8:
      return use(std::uint8_t{});
    case IdxType::int8:
      return use(std::int8_t{});
    case IdxType::int16:
      return use(std::int16_t{});
    case IdxType::int32:
      return use(std::int32_t{});
    case IdxType::float32:
      return use(float{});
    case IdxType::float64:
      return use(double{});
  }
}

std::optional<IdxType> type_from(std::byte byte) {
  for (const IdxType type : {IdxType::uint8, IdxType::int8, IdxType::int16, IdxType::int32,
                             IdxType::float32, IdxType::float64}) {
    if (static_cast<std::byte>(type) == byte) return type;
  }
  return std::nullopt;
}

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes)
    text += (text.empty() ? "" : " ") + to_hex(std::span(&byte, 1));
  return text;
}

[[noreturn]] void refuse(const UnpackedFile& file, const std::string& what, std::string hint = {}) {
  throw Error(ErrorCode::corrupt, concat(file.file().path(), ": ", what), std::move(hint));
}

[[noreturn]] void refuse_size(const UnpackedFile& file, std::string_view kind, std::int64_t wanted,
                              const std::string& found) {
  refuse(file,
         concat("is ", kind, ": the header asks for ", with_thousands(wanted),
                " bytes, and there are ", found, file.is_packed() ? " unpacked" : ""),
         "get the file again");
}

/// Reads the type and the shape; the number of bytes that they take.
std::int64_t read_header(UnpackedFile& file, IdxArray& array) {
  std::array<std::byte, kMagicBytes> magic{};
  const std::size_t found = file.read(magic);
  if (found == 0) refuse(file, "is empty");
  const std::optional<IdxType> type = type_from(magic[2]);
  const auto dimensions = std::to_integer<std::size_t>(magic[3]);
  if (found < kMagicBytes || magic[0] != std::byte{0} || magic[1] != std::byte{0} || !type ||
      dimensions == 0) {
    refuse(file, concat("is not an idx file: it begins with ", hex(std::span(magic).first(found))),
           "an idx file begins with 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the number of "
           "dimensions");
  }
  array.type = *type;
  std::vector<std::byte> sizes(dimensions * kBytesPerSize);
  const std::size_t got = file.read(sizes);
  const auto header_bytes = static_cast<std::int64_t>(kMagicBytes + sizes.size());
  if (got < sizes.size()) {
    refuse_size(file, "truncated", header_bytes,
                with_thousands(static_cast<long long>(kMagicBytes + got)));
  }
  for (std::size_t i = 0; i < dimensions; ++i) {
    array.shape.push_back(load_big_endian<std::uint32_t>(sizes.data() + i * kBytesPerSize));
  }
  return header_bytes;
}

/// Bytes of all elements.
std::int64_t bytes_of(const UnpackedFile& file, const IdxArray& array) {
  auto bytes = static_cast<std::int64_t>(bytes_per_element(array.type));
  for (const std::int64_t size : array.shape) {
    if (size == 0) refuse(file, "holds no records: a size in its header is 0");
    if (__builtin_mul_overflow(bytes, size, &bytes)) {
      refuse(file, "is damaged: the sizes in its header are larger than any file");
    }
  }
  return bytes;
}

/// Reads so many bytes of elements into `values`; the number that there were. Of packed data only
/// the header says how many to expect: so that a damaged one cannot ask for all memory, there is
/// never more of it than twice what came out.
std::int64_t read_values(UnpackedFile& file, std::int64_t bytes, std::vector<std::byte>& values) {
  constexpr std::int64_t kFirstBytes = std::int64_t{16} << 20;
  std::int64_t room = file.is_packed() ? std::min(bytes, kFirstBytes) : bytes;
  for (std::int64_t filled = 0;;) {
    values.reserve(static_cast<std::size_t>(room));
    values.resize(static_cast<std::size_t>(room));
    filled += static_cast<std::int64_t>(
        file.read(std::span(values).subspan(static_cast<std::size_t>(filled))));
    if (filled < room || room == bytes) return filled;
    room = std::min(bytes, 2 * room);
  }
}

}  // namespace

std::string_view to_string(IdxType type) {
  switch (type) {
    case IdxType::uint8:
      return "uint8";
    case IdxType::int8:
      return "int8";
    case IdxType::int16:
      return "int16";
    case IdxType::int32:
      return "int32";
    case IdxType::float32:
      return "float32";
    case IdxType::float64:
      return "float64";
  }
  return "unknown";
}

std::size_t bytes_per_element(IdxType type) {
  std::size_t bytes = 0;
  with_type(type, [&](auto element) { bytes = sizeof element; });
  return bytes;
}

bool is_integer(IdxType type) { return type != IdxType::float32 && type != IdxType::float64; }

std::size_t IdxArray::elements_per_record() const {
  std::size_t elements = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) elements *= static_cast<std::size_t>(shape[i]);
  return elements;
}

namespace {

template <class Number, class Convert>
void copy_record(const IdxArray& array, std::int64_t index, std::span<Number> to, Convert convert) {
  with_type(array.type, [&](auto element) {
    using Element = decltype(element);
    const std::byte* from =
        array.values.data() + static_cast<std::size_t>(index) * to.size() * sizeof(Element);
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = convert(load_big_endian<Element>(from + i * sizeof(Element)));
    }
  });
}

}  // namespace

void IdxArray::copy_to(std::int64_t index, double scale, std::span<float> to) const {
  copy_record(*this, index, to, [scale](auto element) {
    return static_cast<float>(static_cast<double>(element) * scale);
  });
}

void IdxArray::copy_to(std::int64_t index, std::span<std::int64_t> to) const {
  MUSTER_ASSERT(is_integer(type), "floats are not copied to integers");
  copy_record(*this, index, to, [](auto element) { return static_cast<std::int64_t>(element); });
}

void IdxArray::copy_to(std::int64_t index, std::span<double> to) const {
  copy_record(*this, index, to, [](auto element) { return static_cast<double>(element); });
}

IdxArray read_idx(const std::filesystem::path& path) {
  UnpackedFile file(path);
  IdxArray array;
  const std::int64_t header_bytes = read_header(file, array);
  const std::int64_t value_bytes = bytes_of(file, array);
  std::int64_t wanted = 0;
  if (__builtin_add_overflow(header_bytes, value_bytes, &wanted) || wanted > file.bytes_max()) {
    refuse_size(file, "truncated", wanted == 0 ? value_bytes : wanted,
                concat(file.is_packed() ? "at most " : "", with_thousands(file.bytes_max())));
  }
  const std::int64_t found = read_values(file, value_bytes, array.values);
  if (found < value_bytes) {
    refuse_size(file, "truncated", wanted, with_thousands(header_bytes + found));
  }
  std::byte behind{};
  if (file.read({&behind, 1}) != 0) {  // Also checks the checksum of packed data.
    const std::string size = file.is_packed() ? "more" : with_thousands(file.file().size());
    refuse_size(file, "too long", wanted, size);
  }
  array.file = file.file().entry(0, 0);
  return array;
}

}  // namespace muster::data
