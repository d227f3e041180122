#include "common/config/experiment_checks.h"

#include <algorithm>
#include <cctype>

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

std::int64_t elements(const std::vector<std::int64_t>& shape) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) {
    if (__builtin_mul_overflow(product, size, &product)) return -1;  // Complained about elsewhere.
  }
  return product;
}

/// What model and objective read must be among the fields of the long form. (The short form always
/// makes "input" and "label"; how many columns there are is seen when the files are opened.)
void check_fields(const Experiment& experiment, const CsvOptions& csv, const std::string& where,
                  const Check& check) {
  if (csv.fields.empty()) return;
  const std::string fields = where + ".fields";
  const auto [input, shape] = std::visit(
      [](const auto& model) { return std::pair(std::string(model.kInputField), model.input); },
      experiment.model.options);
  const std::string target =
      std::visit([](const auto& objective) { return std::string(objective.kTargetField); },
                 experiment.objective);

  const auto input_field = csv.fields.find(input);
  if (input_field == csv.fields.end()) {
    check.complain({fields, "model.name"},
                   concat("must have '", input, "', which the model reads"));
  } else {
    const auto columns = static_cast<std::int64_t>(input_field->second.columns.size());
    const std::string key = fields + "." + input;
    if (columns != elements(shape)) {
      check.complain(
          {key + ".columns", "model.input"},
          concat("must be ", elements(shape), " columns as model.input says, got ", columns));
    }
    if (input_field->second.dtype == DType::int64 || input_field->second.dtype == DType::int32) {
      check.complain({key + ".dtype"}, "must be float32 or float64: the model computes with it");
    }
  }

  const auto target_field = csv.fields.find(target);
  if (target_field == csv.fields.end()) {
    check.complain({fields, "objective.name"},
                   concat("must have '", target, "', which the objective reads"));
  } else {
    const std::string key = fields + "." + target;
    if (target_field->second.columns.size() != 1) {
      check.complain({key + ".columns"},
                     concat("must be one column, got ", target_field->second.columns.size()));
    }
    if (target_field->second.dtype != DType::int64) {
      check.complain({key + ".dtype"}, concat("must be int64: it holds class numbers, got ",
                                              to_string(target_field->second.dtype)));
    }
  }
}

void check_data(const Experiment& experiment, const FormatOptions& format, const std::string& where,
                const Check& check) {
  std::visit([&](const auto& options) { check_fields(experiment, options, where, check); }, format);
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
  check_data(experiment, experiment.data.train, "data.train", check);
  if (experiment.data.eval) check_data(experiment, *experiment.data.eval, "data.eval", check);
}

}  // namespace muster::config
