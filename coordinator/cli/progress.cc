#include "coordinator/cli/progress.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "common/run/best_metric.h"

namespace muster::coordinator::cli {
namespace {

using std::chrono::milliseconds;

constexpr auto kWindow = std::chrono::seconds(10);
constexpr auto kObservationSpacing = milliseconds(100);
constexpr auto kShortestSilence = std::chrono::seconds(5);
constexpr int kSilentIntervals = 5;

double seconds(Clock::duration length) { return std::chrono::duration<double>(length).count(); }

/// The values of the line whose names begin with `prefix`, without it.
std::map<std::string, double> values_below(const wire::MetricsLine& line, std::string_view prefix) {
  std::map<std::string, double> values;
  for (const auto& [name, value] : line.values) {
    if (name.compare(0, prefix.size(), prefix) == 0) {
      values[name.substr(prefix.size())] = value;
    }
  }
  return values;
}

}  // namespace

Progress::Progress(const TrainingSize& size, Clock::time_point started)
    : size_(size), started_(started), state_since_(started) {}

void Progress::state_changed(run::State state, Clock::time_point now) {
  state_ = state;
  state_since_ = now;
}

std::optional<Evaluation> Progress::metrics(const wire::MetricsLine& line, Clock::time_point now) {
  const auto train = values_below(line, "train/");
  if (!train.empty()) {
    train_ = train;
    perf_ = values_below(line, "perf/");
  }
  observe(line, now);
  if (values_below(line, "eval/").empty()) {
    return std::nullopt;
  }
  return evaluate(line);
}

void Progress::observe(const wire::MetricsLine& line, Clock::time_point now) {
  const Observation observation{now, line.step,
                                line.epoch * static_cast<double>(size_.train_samples)};
  if (newest_ && line.step == newest_->step) {
    return;  // The evaluation of a step that has been seen: no new speed.
  }
  if (newest_ && line.step < newest_->step) {
    window_.clear();
    line_interval_ = {};
  } else if (newest_) {
    line_interval_ = now - newest_->time;
  }
  newest_ = observation;
  epoch_ = line.epoch;
  if (window_.empty() || now - window_.back().time >= kObservationSpacing) {
    window_.push_back(observation);
  }
  if (is_backlog()) window_ = {observation};
  while (window_.size() > 2 && now - window_[1].time >= kWindow) {
    window_.pop_front();
  }
}

/// True when the steps of the window come faster than the workers say that they do them.
bool Progress::is_backlog() const {
  constexpr double kFaster = 3;
  const auto speed = perf_.find("samples_per_second");
  if (speed == perf_.end()) return false;
  const double elapsed = seconds(newest_->time - window_.front().time);
  return newest_->samples - window_.front().samples > kFaster * speed->second * elapsed;
}

Evaluation Progress::evaluate(const wire::MetricsLine& line) {
  Evaluation evaluation{line.step, line.epoch, values_below(line, "eval/"), false};
  const std::string metric = run::best_metric(evaluation.values);
  const double value = evaluation.values.at(metric);
  const auto before = best_ ? best_->values.find(metric) : evaluation.values.end();
  evaluation.is_best =
      !best_ || before == best_->values.end() || run::is_better(metric, value, before->second);
  if (evaluation.is_best) {
    best_ = evaluation;
  }
  return evaluation;
}

ProgressView Progress::view(Clock::time_point now) const {
  ProgressView view;
  view.state = state_;
  view.seconds_in_state = seconds(now - state_since_);
  view.seconds_in_run = seconds(now - started_);
  view.total_steps = size_.total_steps;
  view.total_epochs =
      static_cast<double>(size_.total_steps) / static_cast<double>(size_.steps_per_epoch);
  view.train = train_;
  view.perf = perf_;
  if (newest_) {
    view.has_steps = true;
    view.step = newest_->step;
    view.epoch = epoch_;
    add_speed(view, now);
  }
  return view;
}

void Progress::add_speed(ProgressView& view, Clock::time_point now) const {
  const Clock::duration silence = now - newest_->time;
  if (silence > kShortestSilence && silence > kSilentIntervals * line_interval_) {
    view.seconds_silent = seconds(silence);
  }
  if (window_.empty() || newest_->time <= window_.front().time) {
    return;
  }
  const double elapsed = seconds(newest_->time - window_.front().time);
  const double steps_per_second =
      static_cast<double>(newest_->step - window_.front().step) / elapsed;
  view.samples_per_second = (newest_->samples - window_.front().samples) / elapsed;
  if (newest_->step >= size_.total_steps) {
    return;
  }
  const double left = static_cast<double>(size_.total_steps - newest_->step) / steps_per_second;
  view.seconds_left = std::max(0.0, left - seconds(silence));
}

}  // namespace muster::coordinator::cli
