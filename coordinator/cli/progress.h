// How far a training is and how fast it goes: what is known from the events of a run. Pure: the
// time comes in with every call.
//
// Speed and remaining time come from observed steps only: a window of the last seconds, forgotten
// when steps are done again (a restart) or were done before they are told of (workers had no
// coordinator for a while). Before two steps have been seen there is no speed, and
// nothing is guessed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "common/deadline.h"
#include "common/run/state.h"
#include "common/wire/messages.h"

namespace muster::coordinator::cli {

/// The size of the whole training.
struct TrainingSize {
  std::int64_t total_steps = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t train_samples = 0;  // Of an epoch.
};

/// What there is to show at one moment.
struct ProgressView {
  run::State state = run::State::queued;
  double seconds_in_state = 0;
  double seconds_in_run = 0;
  bool has_steps = false;  // A step has been completed: the next three are meaningful.
  std::int64_t step = 0;
  double epoch = 0;
  std::map<std::string, double> train;  // "loss" -> 0.3: the newest values, without "train/".
  std::map<std::string, double> perf;   // "comm_share" -> 0.03, likewise.
  std::int64_t total_steps = 0;
  double total_epochs = 0;
  std::optional<double> samples_per_second;
  std::optional<double> seconds_left;
  std::optional<double> seconds_silent;  // Set when the next step is overdue.
};

/// An evaluation, and whether it is the best so far.
struct Evaluation {
  std::int64_t step = 0;
  double epoch = 0;
  std::map<std::string, double> values;  // "accuracy" -> 0.98, without "eval/".
  bool is_best = false;                  // By run::best_metric().
};

class Progress {
 public:
  Progress(const TrainingSize& size, Clock::time_point started);

  void state_changed(run::State state, Clock::time_point now);

  /// Takes the line in. Returns the evaluation in it, if there is one.
  std::optional<Evaluation> metrics(const wire::MetricsLine& line, Clock::time_point now);

  ProgressView view(Clock::time_point now) const;

  const std::optional<Evaluation>& best() const { return best_; }

 private:
  struct Observation {
    Clock::time_point time;
    std::int64_t step = 0;
    double samples = 0;  // Since the start of the training.
  };

  bool is_backlog() const;
  void observe(const wire::MetricsLine& line, Clock::time_point now);
  Evaluation evaluate(const wire::MetricsLine& line);
  void add_speed(ProgressView& view, Clock::time_point now) const;

  TrainingSize size_;
  Clock::time_point started_;
  run::State state_ = run::State::queued;
  Clock::time_point state_since_;
  std::deque<Observation> window_;  // Oldest first; some tenths of a second apart.
  std::optional<Observation> newest_;
  Clock::duration line_interval_{};  // Between the last two lines.
  double epoch_ = 0;
  std::map<std::string, double> train_;
  std::map<std::string, double> perf_;
  std::optional<Evaluation> best_;
};

}  // namespace muster::coordinator::cli
