#include "common/checkpoint/safetensors_writer.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/checkpoint/safetensors_format.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kHeaderAlignment = 8;

[[noreturn]] void refuse(const TensorView& tensor, std::string_view what) {
  throw Error(ErrorCode::invalid, concat("tensor '", tensor.name, "': ", what));
}

void check(const TensorView& tensor) {
  if (tensor.name == kMetadataKey) {
    throw Error(ErrorCode::invalid, concat("a tensor cannot have the name '", kMetadataKey, "'"),
                "the safetensors format keeps this name for its own use");
  }
  const auto is_negative = [](std::int64_t length) { return length < 0; };
  if (std::ranges::any_of(tensor.shape, is_negative)) {
    refuse(tensor, concat("shape ", shape_text(tensor.shape), " has a negative length"));
  }
  const auto expected = bytes_of_shape(tensor.dtype, tensor.shape);
  if (!expected) refuse(tensor, concat("shape ", shape_text(tensor.shape), " is too large"));
  if (tensor.bytes.size() != *expected) {
    refuse(tensor, concat(tensor.bytes.size(), " bytes, but shape ", shape_text(tensor.shape),
                          " of ", to_string(tensor.dtype), " takes ", *expected));
  }
}

/// `text` as a JSON string. Throws Error{invalid} when it is not UTF-8.
std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::invalid, "a tensor's name is not valid UTF-8");
  }
}

/// Written by hand, not with a JSON library: the order of keys is part of the file's bytes.
std::string header_of(const std::vector<TensorView>& tensors) {
  std::string header = concat("{\"", kMetadataKey, "\":{\"format\":\"pt\"}");
  std::size_t offset = 0;
  for (const TensorView& tensor : tensors) {
    const std::size_t end = offset + tensor.bytes.size();
    header += concat(",", quoted(tensor.name), ":{\"dtype\":\"", safetensors_name(tensor.dtype),
                     "\",\"shape\":", shape_text(tensor.shape), ",\"data_offsets\":[", offset, ",",
                     end, "]}");
    offset = end;
  }
  header += '}';
  const std::size_t beyond = header.size() % kHeaderAlignment;
  if (beyond != 0) header.append(kHeaderAlignment - beyond, ' ');
  if (header.size() > kLargestHeader) {
    throw Error(ErrorCode::invalid,
                concat("a header of ", header.size(), " bytes for ", tensors.size(),
                       " tensors; the format allows ", kLargestHeader));
  }
  return header;
}

/// The length of the header and the header.
std::string head_of(const std::vector<TensorView>& tensors) {
  const std::string header = header_of(tensors);
  std::string head;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {  // Little-endian.
    head += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i));
  }
  return head + header;
}

void give(std::span<const std::byte> bytes, const ByteSink& sink) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
    sink(piece);
    bytes = bytes.subspan(piece.size());
  }
}

}  // namespace

void write_safetensors(std::vector<TensorView> tensors, const ByteSink& sink) {
  std::ranges::sort(tensors, {}, &TensorView::name);
  const auto twin = std::ranges::adjacent_find(tensors, {}, &TensorView::name);
  if (twin != tensors.end()) {
    throw Error(ErrorCode::invalid, concat("two tensors have the name '", twin->name, "'"));
  }
  std::ranges::for_each(tensors, check);
  const std::string head = head_of(tensors);
  give(std::as_bytes(std::span(head)), sink);
  for (const TensorView& tensor : tensors) give(tensor.bytes, sink);
}

}  // namespace muster::checkpoint
