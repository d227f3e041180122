// Names and sizes of element types.
#include "common/dtype.h"

#include <gtest/gtest.h>

#include "tests/common/expect_error.h"

namespace muster {
namespace {

TEST(DType, NameAndSizeBelongTogether) {
  const struct {
    DType dtype;
    const char* name;
    std::size_t bytes;
  } rows[] = {{DType::float32, "float32", 4},   {DType::float64, "float64", 8},
              {DType::bfloat16, "bfloat16", 2}, {DType::float16, "float16", 2},
              {DType::int64, "int64", 8},       {DType::int32, "int32", 4},
              {DType::uint8, "uint8", 1}};
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(row.dtype), row.name);
    EXPECT_EQ(dtype_from(row.name), row.dtype);
    EXPECT_EQ(bytes_per_element(row.dtype), row.bytes);
  }
}

TEST(DType, UnknownNameIsRefusedWithASuggestion) {
  const Error error = error_of([] { dtype_from("flaot32"); });
  EXPECT_EQ(error.code(), ErrorCode::invalid);
  EXPECT_THAT(error.hint(), testing::HasSubstr("did you mean float32?"));
  EXPECT_THAT(error.hint(), testing::HasSubstr("bfloat16"));
}

}  // namespace
}  // namespace muster
