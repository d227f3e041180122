#include "worker/direct/progress_line.h"

#include <algorithm>
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

// Shares of the step time, behind the speed.
constexpr std::array<std::pair<const char*, const char*>, 2> kShares = {{
    {"perf/comm_share", "comm"},
    {"perf/data_share", "data wait"},
}};

/// Has a place of its own in the line.
bool is_placed(const std::string& metric) {
  const auto is_it = [&](const auto& known) { return metric == known.first; };
  return metric == kSpeed || std::any_of(kFirst.begin(), kFirst.end(), is_it) ||
         std::any_of(kShares.begin(), kShares.end(), is_it);
}

std::string number(double value, const char* form) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), form, value);
  return text.data();
}

std::string four_digits(double value) { return number(value, "%.4g"); }

/// Whole seconds: a clock that shows tenths only distracts.
std::string clock_text(double seconds) {
  const double whole = std::ceil(seconds);
  return whole < 60 ? number(whole, "%.0fs") : human_seconds(whole);
}

}  // namespace

std::string progress_line(const wire::MetricsLine& line, std::int64_t total_steps,
                          std::optional<double> seconds_left) {
  std::string text =
      concat("step ", line.step, "/", total_steps, "  epoch ", number(line.epoch, "%.2f"));
  for (const auto& [metric, label] : kFirst) {
    const auto found = line.values.find(metric);
    if (found != line.values.end()) text += concat("  ", label, " ", four_digits(found->second));
  }
  for (const auto& [metric, value] : line.values) {
    if (!is_placed(metric)) text += concat("  ", metric, " ", four_digits(value));
  }
  const auto speed = line.values.find(kSpeed);
  if (speed != line.values.end() && std::isfinite(speed->second)) {
    text += concat("  ", with_thousands(std::llround(speed->second)), " samples/s");
  }
  for (const auto& [metric, label] : kShares) {
    const auto share = line.values.find(metric);
    if (share == line.values.end() || !std::isfinite(share->second)) continue;
    text += concat("  ", label, " ", std::llround(share->second * 100), "%");
  }
  if (seconds_left) text += "  eta " + clock_text(*seconds_left);
  return text;
}

}  // namespace muster::worker
