#include "common/instruction_set.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace muster {
namespace {

// The kernel's own list, made another way.
TEST(InstructionSet, NativeOneIsWhatTheKernelSays) {
  std::ifstream file("/proc/cpuinfo");
  const std::string info((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto has = [&](const char* flag) { return info.find(flag) != std::string::npos; };
  InstructionSet expected = InstructionSet::baseline;
  if (has(" avx2 ") && has(" fma ")) expected = InstructionSet::avx2;
  if (expected == InstructionSet::avx2 && has(" avx512f ") && has(" avx512bw ") &&
      has(" avx512dq ") && has(" avx512vl ")) {
    expected = InstructionSet::avx512;
  }
  EXPECT_EQ(native_instruction_set(), expected);
}

TEST(InstructionSet, LessIsSmallerThanMore) {
  EXPECT_LT(InstructionSet::baseline, InstructionSet::avx2);
  EXPECT_LT(InstructionSet::avx2, InstructionSet::avx512);
}

}  // namespace
}  // namespace muster
