#include "common/config/experiment_checks.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "common/config/format_checks.h"
#include "common/config/needs.h"
#include "common/text.h"

namespace muster::config {
namespace {

void check_lanes(const Experiment& experiment, const Check& check) {
  const std::int64_t workers = experiment.cluster.workers;
  const std::int64_t lanes = experiment.batch.lanes.value_or(workers);  // Their default.
  if (workers > lanes) {
    check.complain({"cluster.workers", "batch.lanes"},
                   concat("must be at most batch.lanes (", lanes, "), got ", workers),
                   "every worker needs a lane of its own");
  }
}

/// A duration in samples; nothing for epochs, whose length only the data know.
std::optional<double> in_samples(const Duration& duration, std::int64_t samples_per_step) {
  if (duration.unit == Duration::Unit::samples) return duration.amount;
  if (duration.unit == Duration::Unit::steps) {
    return duration.amount * static_cast<double>(samples_per_step);
  }
  return std::nullopt;
}

bool is_longer(const Duration& a, const Duration& b, std::int64_t samples_per_step) {
  if (a.unit == b.unit) return a.amount > b.amount;
  const auto samples_of_a = in_samples(a, samples_per_step);
  const auto samples_of_b = in_samples(b, samples_per_step);
  return samples_of_a && samples_of_b && *samples_of_a > *samples_of_b;
}

void check_warmup(const Experiment& experiment, const Check& check) {
  const Span& warmup =
      std::visit([](const auto& options) { return options.warmup; }, experiment.lr_scheduler);
  if (warmup.kind == Span::Kind::share) return;
  if (is_longer(warmup.duration, experiment.duration, experiment.batch.global)) {
    check.complain({"lr_scheduler.warmup", "duration", "batch.global"},
                   concat("must not be longer than the duration (", to_string(experiment.duration),
                          "), got ", to_string(warmup)));
  }
}

void check_objective(const Experiment& experiment, const Check& check) {
  const ModelOutput output = output_of(experiment.model);
  const auto [name, least] = std::visit(
      [](const auto& objective) { return std::pair(objective.kName, objective.kLeastWidth); },
      experiment.objective);
  if (output.width >= least || output.width < 1) return;  // Below 1: complained about elsewhere.
  check.complain({output.width_key, "objective.name"},
                 concat("must be at least ", least, " for ", name, ", got ", output.width));
}

/// True when checkpoints before the end exist, and it is sure that none of them comes at the step
/// of an evaluation.
bool never_meet(const Duration& checkpoints, const Duration& evaluations,
                const Duration& duration) {
  if (checkpoints.unit == Duration::Unit::seconds || checkpoints.unit != evaluations.unit ||
      checkpoints.unit != duration.unit || checkpoints.amount >= duration.amount) {
    return false;
  }
  const auto a = std::llround(checkpoints.amount);
  const auto b = std::llround(evaluations.amount);
  if (a < 1 || b < 1) return false;  // Complained about elsewhere.
  const double first_meeting = static_cast<double>(a / std::gcd(a, b)) * static_cast<double>(b);
  return first_meeting >= duration.amount;
}

void check_best(const Experiment& experiment, const Check& check) {
  if (!experiment.checkpoint.best) return;
  if (!experiment.data.eval) {
    check.complain({"checkpoint.best", "data.eval"}, "needs data.eval: there is no evaluation");
    return;
  }
  const std::vector<std::string> metrics = std::visit(
      [](const auto& objective) {
        return std::vector<std::string>(objective.kMetrics.begin(), objective.kMetrics.end());
      },
      experiment.objective);
  if (std::ranges::find(metrics, *experiment.checkpoint.best) == metrics.end()) {
    return check.complain(
        {"checkpoint.best", "objective.name"},
        concat("must be one of ", join(metrics, ", "), ", which the objective measures, got '",
               *experiment.checkpoint.best, "'"));
  }
  const auto& interval = experiment.checkpoint.interval;
  if (interval && never_meet(*interval, experiment.eval.interval, experiment.duration)) {
    check.complain({"checkpoint.best", "checkpoint.interval", "eval.interval"},
                   concat("needs checkpoints that are evaluated: one every ", to_string(*interval),
                          ", an evaluation every ", to_string(experiment.eval.interval),
                          ", and none together before the end"),
                   "make one interval a multiple of the other");
  }
}

bool is_variable_name(const std::string& name) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), is_word);
}

}  // namespace

std::int64_t samples_per_lane(std::int64_t global, std::int64_t lanes) {
  return global / lanes + (global % lanes == 0 ? 0 : 1);
}

void check_batch(const Batch& batch, const Check& check) {
  if (batch.lanes && *batch.lanes > batch.global) {
    check.complain({"lanes", "global"},
                   concat("must be at most batch.global (", batch.global, "), got ", *batch.lanes),
                   "a lane needs at least one sample of every batch");
    return;
  }
  const std::int64_t lane =
      samples_per_lane(batch.global, std::max<std::int64_t>(batch.lanes.value_or(1), 1));
  if (batch.micro && *batch.micro > lane) {
    check.complain({"micro", "global", "lanes"},
                   concat("must be at most ", lane, ", the samples of a ",
                          batch.lanes ? "lane" : "batch", ", got ", *batch.micro));
  }
}

void check_cluster(const Cluster& cluster, const Check& check) {
  for (const auto& [name, value] : cluster.env) {
    if (is_variable_name(name)) continue;
    check.complain({"env." + name}, "is no name of an environment variable",
                   "letters, digits and '_', the first not a digit");
  }
}

void check_experiment(const Experiment& experiment, const Check& check) {
  check_lanes(experiment, check);
  check_warmup(experiment, check);
  check_objective(experiment, check);
  check_best(experiment, check);
  check_formats(experiment, check);
}

}  // namespace muster::config
