#include "common/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "common/error.h"
#include "common/text.h"

namespace muster {
namespace {

/// About 31 years: more is a slip, and less always fits into nanoseconds.
constexpr double kLongestSeconds = 1e9;
/// Whole amounts up to here are exact in a double, and far beyond any training.
constexpr double kLargestCount = 1e15;

/// What a kind of value is called and which units it takes, for messages.
struct Grammar {
  std::string_view name;     // "a duration"
  std::string_view units;    // "ep, steps, samples, s, min or h"
  std::string_view example;  // "10ep"
};

constexpr Grammar kDuration = {"a duration", "ep, steps, samples, s, min or h", "10ep"};
constexpr Grammar kSpan = {"a span", "ep, steps, samples, s, min, h or %", "5%"};
constexpr Grammar kBytes = {"an amount of bytes",
                            "B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB or TiB (of 1024)",
                            "25MB"};
constexpr Grammar kTime = {"a length of time", "ns, us, ms, s, min or h", "30s"};

/// The two halves of "2.5h": digits with at most one point between them, and the rest.
struct Quantity {
  std::string_view number;
  std::string_view unit;
};

[[noreturn]] void refuse(const Grammar& grammar, std::string_view text, std::string_view why) {
  throw Error(ErrorCode::invalid, concat("'", text, "' is not ", grammar.name, ": ", why),
              concat("write a number and one of the units ", grammar.units, ", for example ",
                     grammar.example));
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

bool is_decimal(std::string_view number) {
  const std::size_t point = number.find('.');
  const std::string_view fraction =
      point == std::string_view::npos ? "0" : number.substr(point + 1);
  const std::string_view whole = number.substr(0, point);
  return !whole.empty() && !fraction.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(fraction.begin(), fraction.end(), is_digit);
}

Quantity split_quantity(const Grammar& grammar, std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  Quantity quantity{text.substr(0, end), text.substr(end)};
  while (quantity.unit.starts_with(' ')) quantity.unit.remove_prefix(1);
  if (text.starts_with('-')) refuse(grammar, text, "it must not be negative");
  if (quantity.number.empty()) refuse(grammar, text, "it does not start with a number");
  if (!is_decimal(quantity.number)) {
    refuse(grammar, text, concat("'", quantity.number, "' is not a number"));
  }
  if (quantity.unit.empty()) refuse(grammar, text, "the unit is missing");
  return quantity;
}

/// The number nearest to the digits; infinity when there are too many of them.
template <class Float>
Float parse_number(std::string_view number) {
  Float value = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  return result.ec == std::errc() ? value : HUGE_VAL;
}

double parse_count(const Grammar& grammar, std::string_view text, std::string_view number) {
  const auto value = parse_number<double>(number);
  if (value > kLargestCount) refuse(grammar, text, "the number is too large");
  if (value != std::floor(value)) refuse(grammar, text, "it must be a whole number");
  return value;
}

double parse_seconds(const Grammar& grammar, std::string_view text, std::string_view number,
                     double seconds_per_unit) {
  const double seconds = parse_number<double>(number) * seconds_per_unit;
  if (!(seconds <= kLongestSeconds)) refuse(grammar, text, "the time is too long");
  return seconds;
}

Duration parse_duration_or_zero(const Grammar& grammar, std::string_view text) {
  const Quantity quantity = split_quantity(grammar, text);
  const auto count = [&](Duration::Unit unit) {
    return Duration{parse_count(grammar, text, quantity.number), unit};
  };
  const auto seconds = [&](double seconds_per_unit) {
    return Duration{parse_seconds(grammar, text, quantity.number, seconds_per_unit),
                    Duration::Unit::seconds};
  };
  if (quantity.unit == "ep") return count(Duration::Unit::epochs);
  if (quantity.unit == "steps") return count(Duration::Unit::steps);
  if (quantity.unit == "samples") return count(Duration::Unit::samples);
  if (quantity.unit == "s") return seconds(1);
  if (quantity.unit == "min") return seconds(60);
  if (quantity.unit == "h") return seconds(3600);
  refuse(grammar, text, concat("there is no unit '", quantity.unit, "'"));
}

/// A unit of bytes or of time: so many of the smallest one.
struct Unit {
  std::string_view name;
  std::int64_t size;
};

/// Printed with the unit that gives the smallest number; the earlier one of equals.
constexpr std::array kByteUnits = {
    Unit{"B", 1},
    Unit{"kB", 1'000},
    Unit{"KiB", std::int64_t{1} << 10},
    Unit{"MB", 1'000'000},
    Unit{"MiB", std::int64_t{1} << 20},
    Unit{"GB", 1'000'000'000},
    Unit{"GiB", std::int64_t{1} << 30},
    Unit{"TB", 1'000'000'000'000},
    Unit{"TiB", std::int64_t{1} << 40},
};

constexpr std::array kTimeUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"min", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};

/// The value of `text` in the smallest unit, which must come out whole. Long double (64 bits of
/// mantissa or more) keeps every value below the limits exact.
std::int64_t parse_scaled(const Grammar& grammar, std::span<const Unit> units,
                          std::string_view text, long double limit) {
  const Quantity quantity = split_quantity(grammar, text);
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const Unit& u) { return u.name == quantity.unit; });
  if (unit == units.end()) {
    refuse(grammar, text, concat("there is no unit '", quantity.unit, "'"));
  }
  const long double value =
      parse_number<long double>(quantity.number) * static_cast<long double>(unit->size);
  if (!(value < limit)) refuse(grammar, text, "it is too large");
  const long double whole = std::round(value);
  // Decimal fractions are not exact in binary: 1.1 * 1e9 misses a whole number by its rounding.
  if (std::abs(value - whole) > 1e-3L) {
    refuse(grammar, text, "it is not a whole number of the smallest unit");
  }
  if (whole < 1) refuse(grammar, text, "it must be more than zero");
  return static_cast<std::int64_t>(whole);
}

std::string print_scaled(std::span<const Unit> units, std::int64_t value) {
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (value % unit.size == 0 && (best == nullptr || unit.size > best->size)) best = &unit;
  }
  MUSTER_ASSERT(best != nullptr, "the smallest unit is 1");
  return concat(value / best->size, best->name);
}

/// The shortest digits without an exponent that read back as `value`.
std::string fixed_digits(double value) {
  std::array<char, 512> text{};
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  MUSTER_ASSERT(result.ec == std::errc(), "a double has at most 310 digits before its point");
  return std::string(text.data(), result.ptr);
}

/// 100 * `share` as text, by moving the decimal point: multiplying would change the last digit.
std::string percent_digits(double share) {
  std::string digits = fixed_digits(share);
  if (digits.find('.') == std::string::npos) digits += '.';
  const std::size_t point = digits.find('.');
  digits.append(2, '0').erase(point, 1).insert(point + 2, 1, '.');
  digits.erase(0, std::min(digits.find_first_not_of('0'), point + 1));
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

Span parse_share(std::string_view text) {
  const Quantity quantity = split_quantity(kSpan, text);
  if (quantity.unit != "%") refuse(kSpan, text, concat("there is no unit '", quantity.unit, "'"));
  // "5e-2", not 5 / 100: one rounding, so that printing and reading give the same value.
  const auto share = parse_number<double>(concat(quantity.number, "e-2"));
  if (share > 1) refuse(kSpan, text, "a share is at most 100%");
  return Span{.kind = Span::Kind::share, .duration = {}, .share = share};
}

std::int64_t checked_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    throw Error(ErrorCode::invalid, concat("a training of ", a, " times ", b, " steps is too long"),
                "shorten the duration");
  }
  return product;
}

std::int64_t rounded_up(std::int64_t amount, std::int64_t unit) {
  return amount / unit + (amount % unit == 0 ? 0 : 1);
}

}  // namespace

Duration parse_duration(std::string_view text) {
  const Duration duration = parse_duration_or_zero(kDuration, text);
  if (duration.amount <= 0) refuse(kDuration, text, "it must be more than zero");
  return duration;
}

Span parse_span(std::string_view text) {
  if (text.ends_with('%')) return parse_share(text);
  return Span{
      .kind = Span::Kind::duration, .duration = parse_duration_or_zero(kSpan, text), .share = 0};
}

std::int64_t parse_bytes(std::string_view text) {
  return parse_scaled(kBytes, kByteUnits, text, 0x1p62L);
}

std::chrono::nanoseconds parse_time(std::string_view text) {
  return std::chrono::nanoseconds(
      parse_scaled(kTime, kTimeUnits, text, static_cast<long double>(kLongestSeconds) * 1e9L));
}

std::string to_string(const Duration& duration) {
  const double amount = duration.amount;
  const std::string digits = fixed_digits(amount);
  switch (duration.unit) {
    case Duration::Unit::epochs:
      return digits + "ep";
    case Duration::Unit::steps:
      return digits + "steps";
    case Duration::Unit::samples:
      return digits + "samples";
    case Duration::Unit::seconds:
      if (amount > 0 && std::fmod(amount, 3600) == 0) return fixed_digits(amount / 3600) + "h";
      if (amount > 0 && std::fmod(amount, 60) == 0) return fixed_digits(amount / 60) + "min";
      return digits + "s";
  }
  assertion_failed("unit is a Duration::Unit", __FILE__, __LINE__, "unknown unit");
}

std::string to_string(const Span& span) {
  return span.kind == Span::Kind::share ? percent_digits(span.share) + "%"
                                        : to_string(span.duration);
}

std::string bytes_to_string(std::int64_t bytes) { return print_scaled(kByteUnits, bytes); }

std::string time_to_string(std::chrono::nanoseconds time) {
  return print_scaled(kTimeUnits, time.count());
}

std::int64_t StepScale::steps_per_epoch() const {
  MUSTER_ASSERT(samples_per_epoch >= 0 && samples_per_step > 0, "a step has samples");
  return rounded_up(samples_per_epoch, samples_per_step);
}

std::int64_t to_steps(const Duration& duration, const StepScale& scale) {
  const auto amount = static_cast<std::int64_t>(duration.amount);
  switch (duration.unit) {
    case Duration::Unit::epochs:
      return checked_product(amount, scale.steps_per_epoch());
    case Duration::Unit::steps:
      return amount;
    case Duration::Unit::samples:
      return rounded_up(amount, scale.samples_per_step);
    case Duration::Unit::seconds:
      break;
  }
  assertion_failed("unit is not seconds", __FILE__, __LINE__, "seconds have no number of steps");
}

std::int64_t to_steps(const Span& span, const StepScale& scale, std::int64_t total_steps) {
  if (span.kind == Span::Kind::duration) return to_steps(span.duration, scale);
  return std::llround(span.share * static_cast<double>(total_steps));
}

}  // namespace muster
