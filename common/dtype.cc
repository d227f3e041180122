#include "common/dtype.h"

#include <array>

#include "common/error.h"
#include "common/text.h"

namespace muster {
namespace {

struct Name {
  DType dtype;
  std::string_view text;
};

constexpr std::array kNames = {
    Name{DType::float32, "float32"},   Name{DType::float64, "float64"},
    Name{DType::bfloat16, "bfloat16"}, Name{DType::float16, "float16"},
    Name{DType::int64, "int64"},       Name{DType::int32, "int32"},
    Name{DType::uint8, "uint8"},
};

}  // namespace

std::string_view to_string(DType dtype) {
  for (const Name& name : kNames) {
    if (name.dtype == dtype) return name.text;
  }
  assertion_failed("dtype is a DType", __FILE__, __LINE__, "unknown element type");
}

DType dtype_from(std::string_view text) {
  std::vector<std::string> known;
  for (const Name& name : kNames) {
    if (name.text == text) return name.dtype;
    known.emplace_back(name.text);
  }
  const std::string near = nearest_word(text, known);
  throw Error(ErrorCode::invalid, concat("there is no element type '", text, "'"),
              concat(near.empty() ? "" : concat("did you mean ", near, "? "), "there are ",
                     join(known, ", ")));
}

}  // namespace muster
