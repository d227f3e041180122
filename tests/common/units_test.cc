// Durations, shares, bytes and times: what is read, what is refused and with which hint, and that
// what is printed reads back as the same value.
#include "common/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/common/expect_error.h"

namespace muster {
namespace {

using std::chrono::nanoseconds;
using Unit = Duration::Unit;

Duration seconds(double amount) { return {amount, Unit::seconds}; }
Span share(double value) { return {Span::Kind::share, {}, value}; }

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("10ep"), (Duration{10, Unit::epochs}));
  EXPECT_EQ(parse_duration("500steps"), (Duration{500, Unit::steps}));
  EXPECT_EQ(parse_duration("1000 samples"), (Duration{1000, Unit::samples}));
  EXPECT_EQ(parse_duration("30s"), seconds(30));
  EXPECT_EQ(parse_duration("1.5min"), seconds(90));
  EXPECT_EQ(parse_duration("2h"), seconds(7200));
  EXPECT_EQ(parse_duration("3.0ep"), (Duration{3, Unit::epochs}));
}

TEST(ParseDuration, RefusesWithTheReasonAndTheUnits) {
  const struct {
    const char* text;
    const char* why;
  } rows[] = {
      {"10", "the unit is missing"},
      {"", "does not start with a number"},
      {"ep", "does not start with a number"},
      {" 10ep", "does not start with a number"},
      {"+1ep", "does not start with a number"},
      {"inf s", "does not start with a number"},
      {"-3ep", "must not be negative"},
      {"0ep", "must be more than zero"},
      {"0.0s", "must be more than zero"},
      {"1.5ep", "must be a whole number"},
      {"1.ep", "'1.' is not a number"},
      {".5s", "'.5' is not a number"},
      {"1.2.3s", "'1.2.3' is not a number"},
      {"10epochs", "there is no unit 'epochs'"},
      {"10ep ", "there is no unit 'ep '"},
      {"1e3steps", "there is no unit 'e3steps'"},
      {"10%", "there is no unit '%'"},
      {"1000000000000001steps", "the number is too large"},
      {"99999999999999999999999999999999999999999ep", "the number is too large"},
      {"1000000001s", "the time is too long"},
      {"300000h", "the time is too long"},
  };
  for (const auto& row : rows) {
    const Error error = error_of([&] { parse_duration(row.text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << row.text;
    EXPECT_THAT(error.what(), testing::HasSubstr(row.why)) << row.text;
    EXPECT_THAT(error.hint(), testing::HasSubstr("ep, steps, samples, s, min or h")) << row.text;
  }
}

TEST(ParseSpan, ReadsSharesAndDurationsAndZero) {
  EXPECT_EQ(parse_span("5%"), share(0.05));
  EXPECT_EQ(parse_span("100%"), share(1));
  EXPECT_EQ(parse_span("0.5 %"), share(0.005));
  EXPECT_EQ(parse_span("0%"), share(0));
  EXPECT_EQ(parse_span("0steps").duration, (Duration{0, Unit::steps}));
  EXPECT_EQ(parse_span("2ep").duration, (Duration{2, Unit::epochs}));
}

TEST(ParseSpan, RefusesMoreThanAllAndJunk) {
  for (const char* text : {"101%", "-1%", "%", "5", "5%%", "1.2.3%"}) {
    EXPECT_EQ(code_of_error([&] { parse_span(text); }), ErrorCode::invalid) << text;
  }
  EXPECT_THAT(error_of([] { parse_span("5"); }).hint(), testing::HasSubstr("min, h or %"));
}

TEST(ParseBytes, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_bytes("25MB"), 25'000'000);
  EXPECT_EQ(parse_bytes("64MiB"), 64 << 20);
  EXPECT_EQ(parse_bytes("4096B"), 4096);
  EXPECT_EQ(parse_bytes("1.1GB"), 1'100'000'000);
  EXPECT_EQ(parse_bytes("0.5KiB"), 512);
  EXPECT_EQ(parse_bytes("4611686018427387903B"), (std::int64_t{1} << 62) - 1);
}

TEST(ParseBytes, RefusesWithTheReasonAndTheUnits) {
  const struct {
    const char* text;
    const char* why;
  } rows[] = {
      {"25", "the unit is missing"},
      {"25mb", "there is no unit 'mb'"},
      {"0MB", "must be more than zero"},
      {"-1MB", "must not be negative"},
      {"0.5B", "not a whole number of the smallest unit"},
      {"1.0005kB", "not a whole number of the smallest unit"},
      {"4611686018427387904B", "it is too large"},
      {"4194304TiB", "it is too large"},
      {"999999999999999999999999999999TB", "it is too large"},
  };
  for (const auto& row : rows) {
    const Error error = error_of([&] { parse_bytes(row.text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << row.text;
    EXPECT_THAT(error.what(), testing::HasSubstr(row.why)) << row.text;
    EXPECT_THAT(error.hint(), testing::HasSubstr("GiB or TiB")) << row.text;
  }
}

TEST(ParseTime, ReadsEveryUnit) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_time("30s"), 30s);
  EXPECT_EQ(parse_time("2min"), 2min);
  EXPECT_EQ(parse_time("500ms"), 500ms);
  EXPECT_EQ(parse_time("1.5h"), 90min);
  EXPECT_EQ(parse_time("20us"), 20us);
  EXPECT_EQ(parse_time("7ns"), 7ns);
}

TEST(ParseTime, RefusesZeroAndTooLongAndOtherUnits) {
  for (const char* text : {"0s", "10", "10ep", "1000000000s", "0.5ns", "-1s", "soon"}) {
    const Error error = error_of([&] { parse_time(text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << text;
    EXPECT_THAT(error.hint(), testing::HasSubstr("ms, s, min or h")) << text;
  }
}

TEST(ToString, PicksTheUnitThatReadsBest) {
  EXPECT_EQ(to_string(Duration{10, Unit::epochs}), "10ep");
  EXPECT_EQ(to_string(Duration{1e15, Unit::samples}), "1000000000000000samples");
  EXPECT_EQ(to_string(seconds(7200)), "2h");
  EXPECT_EQ(to_string(seconds(90)), "90s");
  EXPECT_EQ(to_string(seconds(1e-5)), "0.00001s");
  EXPECT_EQ(to_string(seconds(0)), "0s");
  EXPECT_EQ(to_string(share(0.05)), "5%");
  EXPECT_EQ(to_string(share(0.07)), "7%");  // 100 * 0.07 would be 7.000000000000001.
  EXPECT_EQ(to_string(share(0.005)), "0.5%");
  EXPECT_EQ(to_string(share(1)), "100%");
  EXPECT_EQ(to_string(share(0)), "0%");
  EXPECT_EQ(bytes_to_string(25'000'000), "25MB");
  EXPECT_EQ(bytes_to_string(64 << 20), "64MiB");
  EXPECT_EQ(bytes_to_string(1001), "1001B");
  EXPECT_EQ(time_to_string(std::chrono::minutes(10)), "10min");
  EXPECT_EQ(time_to_string(std::chrono::milliseconds(1500)), "1500ms");
  EXPECT_EQ(time_to_string(nanoseconds(1)), "1ns");
}

RC_GTEST_PROP(Units, CountsReadBack, ()) {
  const auto unit = *rc::gen::element(Unit::epochs, Unit::steps, Unit::samples);
  const auto amount = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000'000);
  const Duration duration{static_cast<double>(amount), unit};
  RC_ASSERT(parse_duration(to_string(duration)) == duration);
}

RC_GTEST_PROP(Units, SecondsReadBack, ()) {
  const auto nanos = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000'000'000);
  const auto divisor = *rc::gen::element(1e9, 7e9, 1e15, 1e18);
  const Duration duration = seconds(static_cast<double>(nanos) / divisor);
  RC_ASSERT(parse_duration(to_string(duration)) == duration);
}

RC_GTEST_PROP(Units, SharesReadBack, ()) {
  const auto part = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  const auto whole = *rc::gen::inRange<std::int64_t>(1'000'000'000, 2'000'000'000);
  const Span span = share(static_cast<double>(part) / static_cast<double>(whole));
  RC_ASSERT(parse_span(to_string(span)) == span);
}

RC_GTEST_PROP(Units, BytesReadBack, ()) {
  const auto digits = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  const auto factor = *rc::gen::element<std::int64_t>(1, 1000, 1 << 20, 1'000'000'000'001);
  RC_ASSERT(parse_bytes(bytes_to_string(digits * factor)) == digits * factor);
}

RC_GTEST_PROP(Units, TimesReadBack, ()) {
  const auto time = nanoseconds(*rc::gen::inRange<std::int64_t>(1, 999'999'999'999'999'999));
  RC_ASSERT(parse_time(time_to_string(time)) == time);
}

TEST(ToSteps, RoundsUpToWholeSteps) {
  const StepScale scale{.samples_per_epoch = 1437, .samples_per_step = 128};
  EXPECT_EQ(scale.steps_per_epoch(), 12);
  EXPECT_EQ(to_steps({10, Unit::epochs}, scale), 120);
  EXPECT_EQ(to_steps({7, Unit::steps}, scale), 7);
  EXPECT_EQ(to_steps({128, Unit::samples}, scale), 1);
  EXPECT_EQ(to_steps({129, Unit::samples}, scale), 2);
}

TEST(ToSteps, ShareIsOfAllStepsToTheNearest) {
  const StepScale scale{.samples_per_epoch = 1437, .samples_per_step = 128};
  EXPECT_EQ(to_steps(share(0.05), scale, 120), 6);
  EXPECT_EQ(to_steps(share(0.05), scale, 129), 6);
  EXPECT_EQ(to_steps(share(0.05), scale, 130), 7);
  EXPECT_EQ(to_steps(parse_span("2ep"), scale, 120), 24);
}

TEST(ToSteps, TooManyStepsAreRefusedNotWrapped) {
  const StepScale scale{.samples_per_epoch = 1'000'000'000'000, .samples_per_step = 1};
  EXPECT_EQ(code_of_error([&] { to_steps({1e15, Unit::epochs}, scale); }), ErrorCode::invalid);
}

TEST(ToStepsDeathTest, SecondsHaveNoNumberOfSteps) {
  const StepScale scale{.samples_per_epoch = 10, .samples_per_step = 1};
  EXPECT_DEATH(to_steps(seconds(1), scale), "seconds have no number of steps");
}

}  // namespace
}  // namespace muster
