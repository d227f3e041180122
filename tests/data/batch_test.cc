// A batch is plain aligned memory that is found by name.
#include "data/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "common/error.h"

namespace muster::data {
namespace {

TEST(FieldSpec, ScalarHasOneElement) {
  const FieldSpec label{.name = "label", .dtype = DType::int64};
  EXPECT_EQ(label.elements_per_sample(), 1);
  EXPECT_EQ(label.bytes_per_sample(), 8u);
}

TEST(FieldSpec, ElementsAreTheProductOfTheShape) {
  const FieldSpec image{.name = "input", .dtype = DType::float32, .shape = {3, 8, 8}};
  EXPECT_EQ(image.elements_per_sample(), 192);
  EXPECT_EQ(image.bytes_per_sample(), 768u);
}

TEST(AlignedBuffer, StartsOnA64ByteBoundaryWhateverItsSize) {
  for (const std::size_t bytes : {1u, 63u, 64u, 65u, 1000u, 100'000u}) {
    AlignedBuffer buffer(bytes);
    EXPECT_EQ(buffer.size(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u) << bytes;
    buffer.data()[bytes - 1] = std::byte{1};
  }
}

TEST(AlignedBuffer, EmptyOneHoldsNoMemory) {
  EXPECT_EQ(AlignedBuffer(0).data(), nullptr);
  EXPECT_EQ(AlignedBuffer().size(), 0u);
}

TEST(Batch, FindsAFieldByName) {
  Batch batch;
  batch.fields.push_back({.spec = {.name = "input"}, .values = AlignedBuffer(8)});
  batch.fields.push_back({.spec = {.name = "label"}, .values = AlignedBuffer(4)});
  EXPECT_EQ(batch.field("label").values.size(), 4u);
}

TEST(Batch, MissingFieldIsAnErrorThatNamesTheOthers) {
  Batch batch;
  batch.fields.push_back({.spec = {.name = "ids"}, .values = {}});
  batch.fields.push_back({.spec = {.name = "label"}, .values = {}});
  try {
    batch.field("input");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    EXPECT_STREQ(error.what(), "the data have no field 'input'");
    EXPECT_EQ(error.hint(), "their fields are ids, label");
  }
}

}  // namespace
}  // namespace muster::data
