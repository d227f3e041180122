#include "worker/checkpoint/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/error.h"
#include "common/text.h"

namespace muster::worker {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kHeaderAlignment = 8;
constexpr std::string_view kMetadataKey = "__metadata__";  // Reserved by the format.

std::string_view format_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "F32";
    case DType::float64:
      return "F64";
    case DType::bfloat16:
      return "BF16";
    case DType::int64:
      return "I64";
    case DType::int32:
      return "I32";
    case DType::uint8:
      return "U8";
  }
  MUSTER_ASSERT(false, "a dtype without a safetensors name");
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t length : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(length);
  }
  return text + ']';
}

/// Bytes that a tensor of this shape takes. An empty shape is a scalar.
std::size_t bytes_of_shape(const TensorView& tensor) {
  std::size_t bytes = bytes_per_element(tensor.dtype);
  for (const std::int64_t length : tensor.shape) {
    if (length < 0) {
      throw Error(ErrorCode::invalid, concat("tensor '", tensor.name, "': shape ",
                                             shape_text(tensor.shape), " has a negative length"));
    }
    const auto factor = static_cast<std::size_t>(length);
    if (factor != 0 && bytes > std::numeric_limits<std::size_t>::max() / factor) {
      throw Error(ErrorCode::invalid, concat("tensor '", tensor.name, "': shape ",
                                             shape_text(tensor.shape), " is too large"));
    }
    bytes *= factor;
  }
  return bytes;
}

void check(const TensorView& tensor) {
  if (tensor.name == kMetadataKey) {
    throw Error(ErrorCode::invalid, concat("a tensor cannot have the name '", kMetadataKey, "'"),
                "the safetensors format keeps this name for its own use");
  }
  const std::size_t expected = bytes_of_shape(tensor);
  if (tensor.bytes.size() != expected) {
    throw Error(ErrorCode::invalid, concat("tensor '", tensor.name, "': ", tensor.bytes.size(),
                                           " bytes, but shape ", shape_text(tensor.shape), " of ",
                                           to_string(tensor.dtype), " takes ", expected));
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
    header += concat(",", quoted(tensor.name), ":{\"dtype\":\"", format_name(tensor.dtype),
                     "\",\"shape\":", shape_text(tensor.shape), ",\"data_offsets\":[", offset, ",",
                     end, "]}");
    offset = end;
  }
  header += '}';
  const std::size_t beyond = header.size() % kHeaderAlignment;
  if (beyond != 0) header.append(kHeaderAlignment - beyond, ' ');
  return header;
}

}  // namespace

std::vector<std::byte> encode_safetensors(std::vector<TensorView> tensors) {
  std::ranges::sort(tensors, {}, &TensorView::name);
  const auto twin = std::ranges::adjacent_find(tensors, {}, &TensorView::name);
  if (twin != tensors.end()) {
    throw Error(ErrorCode::invalid, concat("two tensors have the name '", twin->name, "'"));
  }
  std::size_t data_bytes = 0;
  for (const TensorView& tensor : tensors) {
    check(tensor);
    data_bytes += tensor.bytes.size();
  }

  const std::string header = header_of(tensors);
  std::vector<std::byte> file;
  file.reserve(kLengthBytes + header.size() + data_bytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {  // Little-endian.
    file.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(header.size()) >> (8 * i)));
  }
  const auto header_bytes = std::as_bytes(std::span(header));
  file.insert(file.end(), header_bytes.begin(), header_bytes.end());
  for (const TensorView& tensor : tensors) {
    file.insert(file.end(), tensor.bytes.begin(), tensor.bytes.end());
  }
  return file;
}

}  // namespace muster::worker
