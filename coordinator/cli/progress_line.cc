#include "coordinator/cli/progress_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "common/text.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kShortestBar = 8;
constexpr std::size_t kLongestBar = 40;
// The last column wraps on some terminals, and Ctrl-C echoes "^C": neither may start another row.
constexpr std::size_t kSpareColumns = 3;
std::string formatted(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string rate_text(double samples_per_second) {
  const long long whole = std::llround(samples_per_second);
  return (samples_per_second < 10 ? formatted("%.1f", samples_per_second) : with_thousands(whole)) +
         " samples/s";
}

std::string spinner(unsigned frame, const Style& style) {
  static constexpr std::array kUnicode = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  static constexpr std::array kAscii = {"|", "/", "-", "\\"};
  return style.unicode ? kUnicode[frame % kUnicode.size()] : kAscii[frame % kAscii.size()];
}

std::string bar(double share, std::size_t width, const Style& style) {
  const auto filled = static_cast<std::size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string done;
  std::string rest;
  for (std::size_t cell = 0; cell < width; ++cell) {
    std::string& part = cell < filled ? done : rest;
    part += style.unicode ? (cell < filled ? "━" : "─") : (cell < filled ? "#" : "-");
  }
  return colored(done, kGreen, style) + colored(rest, kDim, style);
}

/// A part of a line. Parts with a larger rank go first when there is no room; those of rank 0 stay.
struct Segment {
  std::string text;
  int rank = 0;
};

std::size_t columns_with_gaps(const std::vector<Segment>& segments) {
  std::size_t columns = 0;
  for (const Segment& segment : segments) {
    columns += columns_of(segment.text) + 2;
  }
  return columns;
}

void drop_until_it_fits(std::vector<Segment>& segments, std::size_t width) {
  const auto by_rank = [](const Segment& a, const Segment& b) { return a.rank < b.rank; };
  while (segments.size() > 1 && columns_with_gaps(segments) > width) {
    const auto least_important = std::max_element(segments.begin(), segments.end(), by_rank);
    if (least_important->rank == 0) return;
    segments.erase(least_important);
  }
}

void add_metric(std::vector<Segment>& segments, const ProgressView& view, const char* name,
                const char* shown_as, int rank) {
  const auto value = view.train.find(name);
  if (value != view.train.end()) {
    // A schedule ends near zero: the digits that count are the first ones.
    const std::string text = std::string_view(name) == "lr" ? formatted("%.3g", value->second)
                                                            : metric_text(value->second);
    segments.push_back({concat(shown_as, " ", text), rank});
  }
}

/// A share of the step time that is worth a look keeps its place longer than the others.
void add_share(std::vector<Segment>& segments, const ProgressView& view, const char* name,
               const char* shown_as, std::size_t width) {
  constexpr double kWorthALook = 0.1;
  const auto share = view.perf.find(name);
  if (share == view.perf.end() || !std::isfinite(share->second)) return;
  const std::string text = formatted("%.0f%%", std::clamp(share->second, 0.0, 1.0) * 100);
  segments.push_back(
      {concat(shown_as, " ", pad_right_aligned(text, width)), share->second < kWorthALook ? 6 : 4});
}

/// "epoch  4.8/10"
std::string epoch_of_total(const ProgressView& view) {
  const std::string total = epochs_text(view.total_epochs);
  return concat("epoch ", pad_right_aligned(formatted("%.1f", view.epoch), columns_of(total) + 2),
                "/", total);
}

/// What follows the bar, in order of appearance. Widths change rarely, so that the bar does not
/// jump.
std::vector<Segment> details(const ProgressView& view, const Style& style) {
  std::vector<Segment> segments;
  if (view.state != run::State::training) {
    segments.push_back({colored(state_text(view.state), kAttention, style), 3});
  }
  segments.push_back({epoch_of_total(view), 5});
  add_metric(segments, view, "loss", "loss", 2);
  add_metric(segments, view, "lr", "lr", 7);
  add_metric(segments, view, "grad_norm", "grad norm", 8);
  if (view.samples_per_second) {
    segments.push_back({rate_text(*view.samples_per_second), 3});
  }
  add_share(segments, view, "comm_share", "comm", 3);
  add_share(segments, view, "data_share", "data wait", 3);
  if (view.seconds_silent) {
    segments.push_back(
        {colored(concat("no step for ", clock_text(*view.seconds_silent)), kAttention, style), 1});
  } else if (view.seconds_left) {
    segments.push_back({concat("ETA ", pad_right_aligned(clock_text(*view.seconds_left), 3)), 1});
  }
  segments.push_back({concat("after ", clock_text(view.seconds_in_run)), 9});
  return segments;
}

std::string joined(const std::vector<Segment>& segments) {
  std::vector<std::string> texts;
  for (const Segment& segment : segments) {
    texts.push_back(segment.text);
  }
  return join(texts, "  ");
}

std::string waiting_line(const ProgressView& view, std::size_t width, const Style& style,
                         unsigned frame) {
  const std::string clock =
      view.seconds_in_state >= 1 ? concat(" ", clock_text(std::floor(view.seconds_in_state))) : "";
  return cut_to(concat(spinner(frame, style), " ", state_text(view.state), clock), width);
}

}  // namespace

std::string epochs_text(double epochs) {
  std::string text = formatted("%.2f", epochs);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string clock_text(double seconds) {
  const double whole = std::ceil(seconds);
  return whole < 60 ? formatted("%.0fs", whole) : human_seconds(whole);
}

std::string metric_text(double value) {
  if (!std::isfinite(value)) {
    return shortest(value);
  }
  const double size = std::fabs(value);
  if (size != 0 && (size < 0.001 || size >= 1e6)) {
    return formatted("%.2e", value);
  }
  return formatted(size < 100 ? "%.4f" : "%.1f", value);
}

std::string state_text(run::State state) {
  switch (state) {
    case run::State::queued:
    case run::State::starting:
      return "starting the workers";
    case run::State::loading:
      return "reading the data";
    case run::State::training:
      return "training";
    case run::State::evaluating:
      return "evaluating";
    case run::State::saving:
      return "saving";
    case run::State::recovering:
      return "recovering";
    case run::State::completed:
    case run::State::failed:
    case run::State::stopped:
    case run::State::preempted:
      break;
  }
  return std::string(run::to_string(state));
}

std::string live_line(const ProgressView& view, std::size_t width, const Style& style,
                      unsigned frame) {
  const std::size_t room = width > kSpareColumns ? width - kSpareColumns : 1;
  if (!view.has_steps) {
    return waiting_line(view, room, style, frame);
  }
  const double share = static_cast<double>(view.step) / static_cast<double>(view.total_steps);
  // The numbers keep their width, so that what follows does not jump.
  const std::string total = with_thousands(view.total_steps);
  const std::string count =
      concat(pad_right_aligned(with_thousands(view.step), columns_of(total)), "/", total, " ",
             pad_right_aligned(formatted("%.0f%%", std::floor(share * 100)), 4));
  if (columns_of(count) + kShortestBar + 1 > room) {
    return cut_to(count, room);
  }
  std::vector<Segment> segments = details(view, style);
  drop_until_it_fits(segments, room - columns_of(count) - kShortestBar - 1);
  const std::size_t used = columns_of(count) + 1 + columns_with_gaps(segments);
  if (used + kShortestBar > room) {
    return count + " " + bar(share, kShortestBar, style);
  }
  const std::size_t bar_columns = std::min(kLongestBar, room - used);
  return count + " " + bar(share, bar_columns, style) + "  " + joined(segments);
}

std::string plain_line(const ProgressView& view) {
  if (!view.has_steps) {
    return state_text(view.state);
  }
  std::vector<Segment> segments;
  segments.push_back({concat("step ", view.step, "/", view.total_steps)});
  segments.push_back(
      {concat("epoch ", epochs_text(view.epoch), "/", epochs_text(view.total_epochs))});
  add_metric(segments, view, "loss", "loss", 0);
  add_metric(segments, view, "lr", "lr", 0);
  add_metric(segments, view, "grad_norm", "grad_norm", 0);
  if (view.samples_per_second) {
    segments.push_back({rate_text(*view.samples_per_second)});
  }
  add_share(segments, view, "comm_share", "comm", 0);
  add_share(segments, view, "data_share", "data wait", 0);
  if (view.seconds_left) {
    segments.push_back({concat("eta ", clock_text(*view.seconds_left))});
  }
  return joined(segments);
}

std::string evaluation_line(const Evaluation& evaluation, std::int64_t total_steps,
                            const Style& style, std::size_t width) {
  std::vector<Segment> segments;
  segments.push_back({concat("eval  step ", evaluation.step, "/", total_steps)});
  segments.push_back({concat("epoch ", epochs_text(evaluation.epoch)), 2});
  for (const auto& [name, value] : evaluation.values) {
    segments.push_back({concat(name, " ", metric_text(value))});
  }
  if (evaluation.is_best) segments.push_back({colored("best so far", kGreen, style), 1});
  const std::size_t room = width + 1;  // There is no gap behind the last one.
  if (columns_with_gaps(segments) > room) {
    segments.front().text = concat("eval  step ", evaluation.step);  // The live line has the total.
  }
  drop_until_it_fits(segments, room);
  return joined(segments);
}

}  // namespace muster::coordinator::cli
