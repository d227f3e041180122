#include "data/formats/memory_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.h"

namespace muster::data {
namespace {

template <class Read>
void expect_refused(Read read) {
  try {
    with_memory_for("folder/a.bin", read);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(), "folder/a.bin: memory ran out while it was read");
  }
}

TEST(MemoryGuard, MemoryThatRunsOutIsSaidOfTheFile) {
  expect_refused([] { throw std::bad_alloc(); });
  expect_refused([] {
    std::vector<int> numbers;
    numbers.reserve(numbers.max_size() + 1);
  });
}

TEST(MemoryGuard, OtherErrorsAndResultsPassThrough) {
  EXPECT_THROW(with_memory_for("a.bin", [] { throw std::out_of_range("x"); }), std::out_of_range);
  EXPECT_EQ(with_memory_for("a.bin", [] { return 7; }), 7);
}

}  // namespace
}  // namespace muster::data
