// Frames: the length prefix, and that the way bytes arrive in pieces changes nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

#include "common/wire/codec.h"
#include "tests/common/expect_error.h"

namespace muster::wire {
namespace {

using namespace std::string_literals;

TEST(Frame, StartsWithItsLengthInFourBigEndianBytes) {
  EXPECT_EQ(frame("abc"), "\0\0\0\3abc"s);
  EXPECT_EQ(frame(std::string(0x1234, 'x')).substr(0, 5), "\0\0\x12\x34x"s);
  EXPECT_EQ(frame(""), "\0\0\0\0"s);
}

TEST(Frame, MayHoldOneMebibyteAndNoMore) {
  EXPECT_EQ(frame(std::string(kLargestFrameBytes, 'x')).size(), kLargestFrameBytes + 4);
  EXPECT_EQ(code_of_error([] { frame(std::string(kLargestFrameBytes + 1, 'x')); }),
            ErrorCode::invalid);
}

TEST(FrameReader, GivesNothingBeforeAFrameIsWhole) {
  FrameReader reader;
  EXPECT_EQ(reader.next(), std::nullopt);
  const std::string bytes = frame("abc");
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    reader.append(bytes.substr(i, 1));
    EXPECT_EQ(reader.next(), std::nullopt) << i;
  }
  reader.append(bytes.substr(bytes.size() - 1));
  EXPECT_EQ(reader.next(), "abc");
  EXPECT_EQ(reader.next(), std::nullopt);
}

RC_GTEST_PROP(FrameReader, GivesTheSameFramesHoweverBytesArrive,
              (const std::vector<std::string>& contents)) {
  std::string bytes;
  for (const std::string& content : contents) bytes += frame(content);
  FrameReader reader;
  std::vector<std::string> got;
  const auto take_all = [&] {
    while (auto content = reader.next()) got.push_back(*content);
  };
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto size = std::min(*rc::gen::inRange<std::size_t>(1, 12), rest.size());
    reader.append(rest.substr(0, size));
    rest.remove_prefix(size);
    if (*rc::gen::arbitrary<bool>()) take_all();
  }
  take_all();
  RC_ASSERT(got == contents);
}

TEST(FrameReader, RefusesALengthAboveTheLimitAsSoonAsItIsThere) {
  FrameReader reader;
  reader.append("\0\x10\0"s);
  EXPECT_EQ(code_of_error([&] { reader.append("\1"); }), ErrorCode::invalid);  // 2^20 + 1.
  EXPECT_EQ(code_of_error([] { FrameReader().append("GET / HTTP/1.1\r\n"); }), ErrorCode::invalid);
}

// The bad prefix comes behind whole frames, in the same piece.
TEST(FrameReader, GivesTheFramesBeforeABadLengthAndNoneAfter) {
  FrameReader reader;
  EXPECT_THROW(reader.append(frame("a") + frame("b") + "\xff\xff\xff\xff" + frame("c")), Error);
  EXPECT_EQ(reader.next(), "a");
  EXPECT_EQ(reader.next(), "b");
  EXPECT_EQ(reader.next(), std::nullopt);
}

}  // namespace
}  // namespace muster::wire
