// Reading members: types are strict, and errors name the key.
#include "common/wire/json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/common/expect_error.h"

namespace muster::wire {
namespace {

TEST(ParseJson, GivesTheCodeThatWasAskedFor) {
  EXPECT_EQ(code_of_error([] { parse_json("{", 4, ErrorCode::corrupt); }), ErrorCode::corrupt);
  EXPECT_EQ(code_of_error([] { parse_json("{", 4, ErrorCode::invalid); }), ErrorCode::invalid);
}

TEST(ParseJson, CountsArraysAndObjectsAsLevels) {
  EXPECT_NO_THROW(parse_json(R"([{"a":[1]}])", 3, ErrorCode::invalid));
  EXPECT_EQ(code_of_error([] { parse_json(R"([{"a":[1]}])", 2, ErrorCode::invalid); }),
            ErrorCode::invalid);
  EXPECT_EQ(parse_json("1", 0, ErrorCode::invalid), 1);
}

TEST(JsonReader, ReadsEveryType) {
  const auto object = parse_json(R"({"b":true,"i":3,"l":9223372036854775807,"d":2,"n":null,"s":"x",
      "any":{"a":[]},"m":{"x":1.5,"y":null},"vl":[1,2],"vd":[1,2.5],"vs":["a","b"]})",
                                 8, ErrorCode::invalid);
  const JsonReader read(object, ErrorCode::invalid);
  bool b = false;
  int i = 0;
  std::int64_t l = 0;
  double d = 0;
  double n = 0;
  std::string s;
  nlohmann::json any;
  std::map<std::string, double> m = {{"old", 1}};
  std::vector<std::int64_t> vl = {7};
  std::vector<double> vd;
  std::vector<std::string> vs;
  read("b", b);
  read("i", i);
  read("l", l);
  read("d", d);
  read("n", n);
  read("s", s);
  read("any", any);
  read("m", m);
  read("vl", vl);
  read("vd", vd);
  read("vs", vs);
  EXPECT_TRUE(b);
  EXPECT_EQ(i, 3);
  EXPECT_EQ(l, INT64_MAX);
  EXPECT_EQ(d, 2.0);
  EXPECT_TRUE(std::isnan(n));
  EXPECT_EQ(s, "x");
  EXPECT_TRUE(any.at("a").is_array());
  EXPECT_EQ(m.size(), 2U);
  EXPECT_EQ(m.at("x"), 1.5);
  EXPECT_EQ(vl, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(vd, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(vs, (std::vector<std::string>{"a", "b"}));
}

TEST(JsonReader, ErrorsNameTheKey) {
  const nlohmann::json object = {{"steps", -1}, {"names", {"a", 1}}};
  const JsonReader read(object, ErrorCode::corrupt);
  std::int64_t steps = 0;
  const Error missing = error_of([&] { read("epochs", steps); });
  EXPECT_EQ(missing.code(), ErrorCode::corrupt);
  EXPECT_STREQ(missing.what(), "key 'epochs' is missing");
  EXPECT_STREQ(error_of([&] { read("steps", steps); }).what(),
               "key 'steps' must be a whole number, zero or more, below 2^63, got -1");
  std::vector<std::string> names;
  EXPECT_STREQ(error_of([&] { read("names", names); }).what(), "key 'names' must be a text, got 1");
}

TEST(JsonReader, NeedsAnObject) {
  const nlohmann::json array = nlohmann::json::array();
  EXPECT_STREQ(error_of([&] { JsonReader(array, ErrorCode::invalid); }).what(),
               "must be a JSON object, got array");
}

}  // namespace
}  // namespace muster::wire
