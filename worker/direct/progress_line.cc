#include "worker/direct/progress_line.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "common/text.h"

namespace muster::worker {
namespace {

constexpr const char* kSpeed = "perf/samples_per_second";

// Metric and its short name, in the order of the line.
constexpr std::array<std::pair<const char*, const char*>, 3> kFirst = {{
    {"train/loss", "loss"},
    {"train/lr", "lr"},
    {"train/grad_norm", "grad_norm"},
}};

bool is_first(const std::string& metric) {
  for (const auto& [name, label] : kFirst) {
    if (metric == name) return true;
  }
  return false;
}

std::string number(double value, const char* form) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), form, value);
  return text.data();
}

std::string four_digits(double value) { return number(value, "%.4g"); }

}  // namespace

std::string progress_line(const wire::MetricsLine& line, std::int64_t total_steps) {
  std::string text =
      concat("step ", line.step, "/", total_steps, "  epoch ", number(line.epoch, "%.2f"));
  for (const auto& [metric, label] : kFirst) {
    const auto found = line.values.find(metric);
    if (found != line.values.end()) text += concat("  ", label, " ", four_digits(found->second));
  }
  for (const auto& [metric, value] : line.values) {
    if (!is_first(metric) && metric != kSpeed)
      text += concat("  ", metric, " ", four_digits(value));
  }
  const auto speed = line.values.find(kSpeed);
  if (speed != line.values.end() && std::isfinite(speed->second)) {
    text += concat("  ", with_thousands(std::llround(speed->second)), " samples/s");
  }
  return text;
}

}  // namespace muster::worker
