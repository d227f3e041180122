// Content that no honest peer sends: every one is Error{invalid}, none is a crash or another
// exception.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/wire/codec.h"
#include "tests/common/expect_error.h"

namespace muster::wire {
namespace {

using namespace std::string_literals;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Decode, RefusesWhatIsNotAMessage) {
  const std::string texts[] = {
      "",
      " ",
      "\0"s,
      "null",
      "[]",
      "\"stop\"",
      "{",
      "{}",
      R"({"type":"stop","reason":"a"} {})",       // Two texts.
      R"({"type":"stop","reason":"a"})" + "\0"s,  // Something behind.
      R"({'type':'stop'})",                       // Not JSON.
      R"(/* */{"type":"stop","reason":"a"})",     // Comments are not JSON.
      R"({"type":"stop"})",                       // A key is missing.
      R"({"type":"stop","reason":1})",            // Another type.
      R"({"type":"stop","reason":null})",
      R"({"type":"Stop","reason":"a"})",  // Unknown types.
      R"({"type":"","reason":"a"})",
      R"({"type":1,"reason":"a"})",
      R"({"type":["stop"],"reason":"a"})",
      "{\"type\":\"stop\",\"reason\":\"\xff\"}",          // Not UTF-8.
      "{\"type\":\"stop\",\"reason\":\"\xed\xa0\x80\"}",  // A lone surrogate.
      R"({"type":"stop","reason":"\ud800"})",
      "\xef\xbb\xbf[]",  // A byte order mark.
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(code_of_error([&] { decode(text); }), ErrorCode::invalid) << text;
  }
}

TEST(Decode, RefusesNumbersThatDoNotFit) {
  for (const char* number : {"-1", "1.0", "1e3", "9223372036854775808", "18446744073709551616",
                             "1e999", "true", "null", "\"1\"", "[1]", "{}"}) {
    const std::string text = R"({"type":"heartbeat","phase":"training","operations":1,"step":)" +
                             std::string(number) + "}";
    EXPECT_EQ(code_of_error([&] { decode(text); }), ErrorCode::invalid) << number;
  }
  const std::string rank_above_int = R"({"type":"hello","rank":2147483648,"world":1,)"
                                     R"("generation":1,"host":"","pid":1,"version":""})";
  EXPECT_EQ(code_of_error([&] { decode(rank_above_int); }), ErrorCode::invalid);
  EXPECT_EQ(
      code_of_error([] { decode(R"({"type":"metrics","step":1,"epoch":1e999,"values":{}})"); }),
      ErrorCode::invalid);
  EXPECT_EQ(
      code_of_error([] { decode(R"({"type":"metrics","step":1,"epoch":1,"values":{"a":""}})"); }),
      ErrorCode::invalid);
}

TEST(Decode, RefusesAPhaseThatDoesNotExist) {
  EXPECT_EQ(
      code_of_error([] { decode(R"({"type":"heartbeat","phase":"x","operations":1,"step":1})"); }),
      ErrorCode::invalid);
}

// A frame of brackets: copying or printing such a value would overflow the stack.
TEST(Decode, RefusesDeepNestingWhileParsing) {
  constexpr int kMany = 300'000;
  for (const std::string& text :
       {repeated("[", kMany), repeated("[", kMany) + repeated("]", kMany),
        repeated("{\"a\":", 150'000),
        R"({"type":"stop","reason":"a","later":)" + repeated("[", 17) + repeated("]", 17) + "}"}) {
    const Error error = error_of([&] { decode(text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    EXPECT_THAT(error.what(), testing::HasSubstr("nested more than 16 deep"));
  }
}

// Wide instead of deep is bounded by the size of a frame.
TEST(Decode, TakesAWideValueInAnUnknownKey) {
  const std::string text =
      R"({"type":"stop","reason":"a","later":[0)" + repeated(",[]", 300'000) + "]}";
  EXPECT_EQ(decode(text), Message(Stop{"a"}));
}

TEST(Decode, RefusesContentLargerThanAFrame) {
  const std::string text =
      R"({"type":"stop","reason":")" + std::string(kLargestFrameBytes, 'x') + "\"}";
  EXPECT_EQ(code_of_error([&] { decode(text); }), ErrorCode::invalid);
}

TEST(Decode, ErrorTextStaysShortForLongInput) {
  const std::string text = R"({"type":"heartbeat","phase":")" + std::string(500'000, 'x') +
                           R"(","operations":1,"step":1})";
  EXPECT_LT(std::string(error_of([&] { decode(text); }).what()).size(), 200U);
}

/// Decodes; anything but a message or Error{invalid} fails the property.
void decode_or_refuse(const std::string& text) {
  try {
    decode(text);
  } catch (const Error& error) {
    RC_ASSERT(error.code() == ErrorCode::invalid);
  }
}

RC_GTEST_PROP(Decode, RefusesOrReadsAnyBytes, (const std::string& text)) { decode_or_refuse(text); }

RC_GTEST_PROP(Decode, RefusesOrReadsADamagedMessage, ()) {
  std::string text =
      encode(Finished{.eval = {{"accuracy", 0.5}, {"loss", 0.1}}, .model_sha256 = "ab"});
  const int changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                               rc::gen::element('{', '}', '[', ']', '"', ',', ':', '-', '9', 'e'));
  }
  decode_or_refuse(text);
}

TEST(Decode, RefusesEveryTruncation) {
  const std::string text = encode(Finished{.eval = {{"accuracy", 0.5}}, .model_sha256 = "ab"});
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(code_of_error([&] { decode(text.substr(0, size)); }), ErrorCode::invalid) << size;
  }
}

}  // namespace
}  // namespace muster::wire
