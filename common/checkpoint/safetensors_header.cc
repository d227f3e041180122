#include "common/checkpoint/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <unordered_set>

#include "common/checkpoint/safetensors_format.h"
#include "common/checkpoint/tensor.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDimensions = 64;  // As many as torch has.

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::corrupt, std::string(what));
}

[[noreturn]] void refuse(const std::string& tensor, std::string_view what) {
  refuse(concat("tensor '", tensor, "': ", what));
}

/// Takes the events of the JSON parser, and knows at each what may come: {"name": {"dtype": text,
/// "shape": [numbers], "data_offsets": [number, number]}, ..., "__metadata__": {"key": text, ...}}.
class HeaderHandler : public nlohmann::json_sax<json> {
 public:
  std::vector<TensorEntry> tensors() && { return std::move(tensors_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a truth value"); }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a number"); }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_ == At::shape) {
      if (entry().shape.size() == kMostDimensions) {
        refuse(entry().name, concat("more than ", kMostDimensions, " dimensions"));
      }
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        refuse(entry().name, "a length in its shape is too large");
      }
      entry().shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (at_ != At::offsets) unexpected("a number");
    if (offsets_ == 2) refuse(entry().name, "more than two data_offsets");
    (offsets_ == 0 ? entry().begin : entry().end) = value;
    ++offsets_;
    return true;
  }

  bool string(string_t& value) override {
    if (at_ == At::metadata) return true;
    if (at_ != At::entry || key_ != "dtype") unexpected("a text");
    const auto dtype = dtype_of_safetensors(value);
    if (!dtype) {
      refuse(entry().name,
             concat("type '", value, "' is none of F32, F64, BF16, F16, I64, I32, U8"));
    }
    entry().dtype = *dtype;
    return true;
  }

  bool start_object(std::size_t) override {
    if (at_ == At::start) {
      at_ = At::file;
    } else if (at_ == At::file) {
      at_ = key_ == kMetadataKey ? At::metadata : At::entry;
      inner_keys_.clear();
      offsets_ = 0;
      if (at_ == At::entry) tensors_.push_back({.name = key_});
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(string_t& key) override {
    const bool is_new =
        at_ == At::file ? names_.insert(key).second : inner_keys_.insert(key).second;
    if (at_ == At::file) {
      if (!is_new) refuse(concat("two entries have the name '", key, "'"));
    } else if (!is_new) {
      refuse_inner(concat("key '", key, "' is there twice"));
    } else if (at_ == At::entry && key != "dtype" && key != "shape" && key != "data_offsets") {
      refuse_inner(concat("key '", key, "' is none of dtype, shape, data_offsets"));
    }
    key_ = key;
    return true;
  }

  bool end_object() override {
    if (at_ == At::entry) {
      for (const char* needed : {"dtype", "shape", "data_offsets"}) {
        if (!inner_keys_.contains(needed)) refuse_inner(concat("key '", needed, "' is missing"));
      }
      if (offsets_ != 2) refuse(entry().name, "data_offsets must be two numbers");
    }
    at_ = At::file;
    return true;
  }

  bool start_array(std::size_t) override {
    if (at_ == At::entry && key_ == "shape") {
      at_ = At::shape;
    } else if (at_ == At::entry && key_ == "data_offsets") {
      at_ = At::offsets;
    } else {
      unexpected("an array");
    }
    return true;
  }

  bool end_array() override {
    at_ = At::entry;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    refuse(concat("the header is not JSON: ", error.what()));
  }

 private:
  enum class At { start, file, metadata, entry, shape, offsets };

  TensorEntry& entry() { return tensors_.back(); }

  [[noreturn]] void refuse_inner(std::string_view what) {
    if (at_ == At::metadata) refuse(concat(kMetadataKey, ": ", what));
    refuse(entry().name, what);
  }

  [[noreturn]] void unexpected(std::string_view what) {
    if (at_ == At::start) refuse(concat("the header must be an object, got ", what));
    if (at_ == At::file) refuse(concat("'", key_, "' must be an object, got ", what));
    refuse_inner(concat(what, " is wrong as ", key_));
  }

  At at_ = At::start;
  std::string key_;  // The last one.
  int offsets_ = 0;  // Of this entry, so far.
  std::vector<TensorEntry> tensors_;
  std::unordered_set<std::string> names_;          // Keys of the file's object.
  std::set<std::string, std::less<>> inner_keys_;  // Of the object in it that is being read.
};

/// Every byte belongs to exactly one tensor.
void check_offsets(const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t filled = 0;
  for (const TensorEntry& tensor : tensors) {
    const std::string range = concat("data_offsets [", tensor.begin, ",", tensor.end, "]");
    if (tensor.end < tensor.begin) refuse(tensor.name, concat(range, " end before they begin"));
    if (tensor.begin != filled) {
      refuse(tensor.name, concat(range,
                                 tensor.begin < filled ? " overlap with another tensor's"
                                                       : " leave a hole before them",
                                 ", they must begin at ", filled));
    }
    if (tensor.end > data_bytes) {
      refuse(tensor.name, concat(range, " reach beyond the end of the file, which has ", data_bytes,
                                 " bytes of data"));
    }
    const auto expected = bytes_of_shape(tensor.dtype, tensor.shape);
    if (!expected) {
      refuse(tensor.name, concat("shape ", shape_text(tensor.shape), " is too large"));
    }
    if (tensor.bytes() != *expected) {
      refuse(tensor.name,
             concat(range, " are ", tensor.bytes(), " bytes, but shape ", shape_text(tensor.shape),
                    " of ", safetensors_name(tensor.dtype), " takes ", *expected));
    }
    filled = tensor.end;
  }
  if (filled != data_bytes) {
    refuse(concat("the tensors are ", filled, " bytes, but the file has ", data_bytes));
  }
}

}  // namespace

std::vector<TensorEntry> parse_safetensors_header(std::string_view text, std::uint64_t data_bytes) {
  if (!text.starts_with('{')) refuse("the header does not begin with '{'");
  // The library takes this byte, which no JSON text holds, for the end and ignores what follows.
  if (text.find('\0') != std::string_view::npos) refuse("the header holds a zero byte");
  HeaderHandler handler;
  json::sax_parse(text, &handler);
  std::vector<TensorEntry> tensors = std::move(handler).tensors();
  // Tensors without bytes share their place with the next one: they come first.
  std::ranges::sort(tensors, {}, [](const TensorEntry& tensor) {
    return std::tuple(tensor.begin, tensor.end, std::string_view(tensor.name));
  });
  check_offsets(tensors, data_bytes);
  return tensors;
}

}  // namespace muster::checkpoint
