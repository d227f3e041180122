#include "worker/direct/direct_reporter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/metrics_record.h"
#include "common/run/summary.h"
#include "common/text.h"
#include "worker/direct/progress_line.h"
#include "worker/direct/stop_signals.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kGeneration = 1;  // Nothing relaunches a direct launch.
constexpr std::string_view kEvalPrefix = "eval/";
constexpr auto kProgressInterval = std::chrono::seconds(1);  // Between lines about steps.

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Ranks other than 0: they report nothing.
class SilentReporter final : public DirectReporter {
 public:
  void phase(wire::Phase) override {}
  void step_completed(std::int64_t) override {}
  void progressed() override {}
  void checkpoint_failed(const wire::CheckpointFailed&) override {}
  void restored(std::int64_t, const std::string&) override {}
  void remark(const std::string&) override {}
  void metrics(const wire::MetricsLine&) override {}
  void checkpoint_written(const wire::CheckpointWritten&) override {}
  void finished(const wire::Finished&) override {}
  void failed(const std::string&) override {}
  bool stop_requested() const override { return signals_.requested(); }
  bool is_alone() const override { return false; }  // There never was anybody.

 private:
  StopSignals signals_;
};

class RunDirectoryReporter final : public DirectReporter {
 public:
  RunDirectoryReporter(run::RunDirectory run, const run::Plan& plan, bool prints_progress)
      : run_(std::move(run)),
        train_samples_(plan.train_samples),
        total_steps_(plan.total_steps),
        prints_progress_(prints_progress),
        metrics_record_(run_),
        start_(Clock::now()) {
    summary_.run = run_.name();
    summary_.run_id = plan.run_id;
    summary_.records_skipped = plan.records_skipped;
    summary_.workers = plan.workers;
  }

  ~RunDirectoryReporter() override {
    if (ended_) return;
    try {
      failed(concat("the worker ended after step ", summary_.steps, " without saying why"));
    } catch (const std::exception& error) {
      log::error(error.what());
    }
  }

  void phase(wire::Phase phase) override {
    if (phase == wire::Phase::training && !first_training_) first_training_ = Clock::now();
  }

  void step_completed(std::int64_t step) override {
    summary_.steps = step;
    last_step_ = Clock::now();
  }

  void progressed() override {}

  void restored(std::int64_t step, const std::string& source) override {
    log::info(concat("going on after step ", step, " (", source, ")"));
  }

  void metrics(const wire::MetricsLine& line) override {
    metrics_record_.append(line, kGeneration);
    summary_.epochs = line.epoch;
    for (const auto& [metric, value] : line.values) {
      if (metric.starts_with(kEvalPrefix)) summary_.eval[metric.substr(kEvalPrefix.size())] = value;
    }
    const bool is_evaluation =
        !line.values.empty() && line.values.begin()->first.starts_with(kEvalPrefix);
    if (!is_evaluation && progress_said_ && Clock::now() - *progress_said_ < kProgressInterval)
      return;
    if (!is_evaluation) progress_said_ = Clock::now();
    say(progress_line(line, total_steps_, is_evaluation ? std::nullopt : seconds_left(line.step)));
  }

  void checkpoint_written(const wire::CheckpointWritten& checkpoint) override {
    // A checkpoint that was there already is told of again.
    auto& steps = summary_.checkpoints;
    if (steps.empty() || steps.back() != checkpoint.step) steps.push_back(checkpoint.step);
    summary_.model_sha256 = checkpoint.model_sha256;
    say("checkpoint " + checkpoint.path);
  }

  void checkpoint_failed(const wire::CheckpointFailed& failure) override {
    summary_.checkpoint_failures.push_back(failure.step);
    say(concat("the checkpoint of step ", failure.step, " could not be written: ", failure.reason));
  }

  void remark(const std::string&) override {}  // The log is on the terminal already.

  void finished(const wire::Finished& result) override {
    summary_.status = result.stopped ? run::Status::stopped : run::Status::completed;
    summary_.steps = result.steps;
    summary_.epochs = result.epochs;
    summary_.samples_seen = result.samples_seen;
    summary_.eval = result.eval;
    summary_.model_sha256 = result.model_sha256;
    add_rates(summary_, result);
    end(result.training_seconds);
  }

  /// What the training itself would have told is taken from the last line of metrics.
  void failed(const std::string& reason) override {
    summary_.status = run::Status::failed;
    summary_.failure_reason = reason;
    summary_.samples_seen = std::llround(summary_.epochs * static_cast<double>(train_samples_));
    end(first_training_ && last_step_ ? seconds_between(*first_training_, *last_step_) : 0);
  }

  bool stop_requested() const override { return signals_.requested(); }
  bool is_alone() const override { return false; }  // There never was anybody.

 private:
  /// The first end counts: an error on the way out does not turn a finished run into a failed one.
  void end(double training_seconds) {
    if (std::exchange(ended_, true)) return;
    const double workers = summary_.workers;
    summary_.wall_seconds = seconds_between(start_, Clock::now());
    if (training_seconds > 0 && summary_.samples_per_second == 0) {
      summary_.samples_per_second = static_cast<double>(summary_.samples_seen) / training_seconds;
    }
    summary_.worker_seconds.used = workers * training_seconds;
    summary_.worker_seconds.idle =
        workers * std::max(0.0, summary_.wall_seconds - training_seconds);
    run::write_summary(run_.summary().string(), summary_);
    say(last_lines());
  }

  /// At the speed since the first line of metrics; nothing before the second, and at the end.
  std::optional<double> seconds_left(std::int64_t step) {
    const Clock::time_point now = Clock::now();
    if (!first_line_) first_line_ = {now, step};
    const auto [time, first_step] = *first_line_;
    if (step <= first_step || step >= total_steps_) return std::nullopt;
    return seconds_between(time, now) / static_cast<double>(step - first_step) *
           static_cast<double>(total_steps_ - step);
  }

  /// How it ended, where the results are and what to do with them.
  std::string last_lines() const {
    const auto& checkpoints = summary_.checkpoints;
    std::string text = concat(run::to_string(summary_.status), ": ", summary_.steps, " steps in ",
                              human_seconds(summary_.wall_seconds));
    if (!summary_.failure_reason.empty()) text += ": " + summary_.failure_reason;
    text += "\ncheckpoint  " + (checkpoints.empty() ? "none was written"
                                                    : run_.checkpoint(checkpoints.back()).string());
    if (!summary_.model_sha256.empty()) text += "\nsha256      " + summary_.model_sha256;
    text += "\nrun folder  " + run_.path().string();
    if (summary_.status == run::Status::completed) {
      text += "\ncurves      tensorboard --logdir " + shell_quoted(run_.path().string());
    }
    return text;
  }

  void say(std::string line) const {
    if (!prints_progress_) return;
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

  const run::RunDirectory run_;
  const std::int64_t train_samples_;
  const std::int64_t total_steps_;
  const bool prints_progress_;
  run::MetricsRecord metrics_record_;
  StopSignals signals_;
  const Clock::time_point start_;
  std::optional<Clock::time_point> first_training_;
  std::optional<Clock::time_point> last_step_;
  std::optional<Clock::time_point> progress_said_;
  std::optional<std::pair<Clock::time_point, std::int64_t>> first_line_;  // Its time and step.
  run::Summary summary_;                                                  // As far as it is known.
  bool ended_ = false;  // summary.json was written, or could not be.
};

}  // namespace

std::unique_ptr<DirectReporter> DirectReporter::make(const run::RunDirectory& run,
                                                     const run::Plan& plan,
                                                     const DirectOptions& options) {
  if (options.rank != 0) return std::make_unique<SilentReporter>();
  return std::make_unique<RunDirectoryReporter>(run, plan, options.prints_progress);
}

}  // namespace muster::worker
