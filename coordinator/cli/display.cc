#include "coordinator/cli/display.h"

#include <algorithm>
#include <chrono>

#include "common/text.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(1);
constexpr auto kLongestFarewell = std::chrono::seconds(2);
constexpr const char* kClearLine = "\r\x1b[K";

/// Evaluating and saving come and go too often to be worth a line; a notice tells of recovering.
bool is_worth_a_line(run::State state) {
  return state == run::State::starting || state == run::State::loading;
}

}  // namespace

Display::Display(const Terminal& terminal, const TrainingSize& size, int file)
    : terminal_(terminal),
      size_(size),
      outlet_(file),
      progress_(size, Clock::now()),
      drawn_(Clock::now() - kPlainInterval) {}

void Display::state_changed(run::State state, const std::string& /*reason*/) {
  const auto now = Clock::now();
  progress_.state_changed(state, now);
  if (!terminal_.live && is_worth_a_line(state)) {
    keep(state_text(state) + "\n");
  }
  redraw(now);
}

void Display::metrics(const wire::MetricsLine& line) {
  const auto now = Clock::now();
  if (const auto evaluation = progress_.metrics(line, now)) {
    constexpr std::size_t kEndless = 1000;  // A file or a pipe has no width.
    const auto width = terminal_.live ? static_cast<std::size_t>(terminal_width()) : kEndless;
    keep(evaluation_line(*evaluation, size_.total_steps, terminal_.style, width) + "\n");
  }
  redraw(now);
}

void Display::notice(const std::string& text) {
  const bool is_ended = !text.empty() && text.back() == '\n';
  keep(is_ended ? text : text + "\n");
}

void Display::tick() { redraw(Clock::now()); }

void Display::ended(const run::Summary& summary) { summary_ = summary; }

void Display::finish() {
  if (!live_.empty()) {
    outlet_.write(kClearLine);
    live_.clear();
  }
  if (!terminal_.live) {
    drawn_ -= kPlainInterval;  // The last step is worth its line, however soon it comes.
    print_plain(Clock::now());
  }
  outlet_.finish(Deadline::after(kLongestFarewell));
}

/// Whole lines that stay, above the live one.
void Display::keep(const std::string& lines) {
  outlet_.write(live_.empty() ? lines : concat(kClearLine, lines, live_));
}

void Display::redraw(Clock::time_point now) {
  if (!outlet_.flush()) {
    return;  // The terminal does not take what was written before: nothing would be gained.
  }
  if (!terminal_.live) {
    print_plain(now);
    return;
  }
  if (now - drawn_ < kRedrawInterval || summary_) {
    return;
  }
  drawn_ = now;
  const auto width = static_cast<std::size_t>(terminal_width());
  live_ = live_line(progress_.view(now), width, terminal_.style, frame_++);
  outlet_.write(kClearLine + live_);
}

void Display::print_plain(Clock::time_point now) {
  const ProgressView view = progress_.view(now);
  if (now - drawn_ < kPlainInterval || !view.has_steps || view.step == printed_step_) {
    return;
  }
  drawn_ = now;
  printed_step_ = view.step;
  outlet_.write(plain_line(view) + "\n");
}

}  // namespace muster::coordinator::cli
