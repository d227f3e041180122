#include "data/planning/planning.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "common/config/needs.h"
#include "common/config/resolve.h"
#include "common/hash.h"
#include "common/lanes/lane_range.h"
#include "common/text.h"
#include "common/units.h"
#include "data/hash_cache.h"

namespace muster::data {
namespace {

Manifest manifest_of(const nlohmann::json& json) { return json.get<Manifest>(); }

const FieldSpec* find_field(const Dataset& dataset, const std::string& name) {
  for (const FieldSpec& field : dataset.fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string names_of_fields(const Dataset& dataset) {
  std::vector<std::string> names;
  for (const FieldSpec& field : dataset.fields()) names.push_back(field.name);
  return join(names, ", ");
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(concat(size));
  return concat("[", join(sizes, ", "), "]");
}

/// What is wrong with the data's field `need.name`; empty when it fits.
std::string misfit(const config::FieldNeed& need, const Dataset& dataset, const std::string& key) {
  const FieldSpec* field = find_field(dataset, need.name);
  if (!field) {
    return concat(key, ": the training reads field '", need.name, "', the data have ",
                  names_of_fields(dataset));
  }
  if (field->elements_per_sample() != need.elements()) {
    return concat(need.shape_key, ": field '", need.name, "' is read as ", shape_text(need.shape),
                  ", ", need.elements(), need.elements() == 1 ? " value" : " values",
                  ", but that of ", key, " has ", field->elements_per_sample(), " per sample");
  }
  if (!need.accepts(field->dtype)) {
    const bool wants_integers = need.kind == config::FieldNeed::Kind::integers;
    return concat(key, ": field '", need.name, "' is ", to_string(field->dtype),
                  ", and is read as ", wants_integers ? "int64" : "float32");
  }
  return {};
}

void check_fields(const config::Experiment& experiment, const Dataset& dataset,
                  const std::string& key, std::vector<std::string>& problems) {
  for (const config::FieldNeed& need : config::needs_of(experiment)) {
    if (std::string problem = misfit(need, dataset, key); !problem.empty()) {
      problems.push_back(std::move(problem));
    }
  }
}

/// Columns that are found by their place must be the same ones in both.
void check_same_columns(const config::Experiment& experiment, const Datasets& datasets,
                        std::vector<std::string>& problems) {
  for (const config::FieldNeed& need : config::needs_of(experiment)) {
    const std::string text =
        difference(need.name, datasets.train->column_names(), datasets.eval->column_names());
    if (text.empty()) continue;
    problems.push_back(concat("data.eval.files: ", text,
                              "; bring the columns into the same order, or give them by name in "
                              "'fields' of data.train and of data.eval"));
    return;
  }
}

/// A lane of one sample gives batch norm nothing to normalise with.
void check_batch_norm(const config::Experiment& experiment, const Dataset& train,
                      std::vector<std::string>& problems) {
  const Partition partition = training_partition(experiment, train);
  const std::int64_t lanes = *experiment.batch.lanes;
  const std::int64_t micro = experiment.batch.micro.value_or(experiment.batch.global);
  const std::int64_t last = partition.steps_per_epoch() - 1;
  for (const std::int64_t step : {std::int64_t{0}, last}) {
    const std::int64_t samples = partition.samples_of_step(step);
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const std::int64_t size = partition.positions(step, lane).size();
      if (size == 0 || (size % micro != 1 && micro != 1)) continue;
      const bool is_tail = samples != experiment.batch.global;
      problems.push_back(concat(
          is_tail ? "batch.global: the last step of an epoch has " : "batch.lanes: a step has ",
          samples, " samples, which leaves lane ", lane, " of ", lanes,
          experiment.batch.micro ? " with a micro batch of" : " with",
          " a single sample: ", "batch norm needs at least two; choose another ",
          experiment.batch.micro ? "batch.micro, " : "", "batch.global or batch.lanes"));
      return;
    }
  }
}

/// Samples of one rule that are both trained on and evaluated: figures that look too good. Said,
/// not refused: how well the training data are learned can be asked too.
std::string overlap_of(const config::Data& data) {
  using config::SyntheticOptions;
  const auto* train = std::get_if<SyntheticOptions>(&data.train);
  const auto* eval = data.eval ? std::get_if<SyntheticOptions>(&*data.eval) : nullptr;
  if (train == nullptr || eval == nullptr) return {};
  if (train->kind != eval->kind || train->seed != eval->seed) return {};
  const std::int64_t train_end = train->offset + train->samples;
  const std::int64_t common =
      std::min(train_end, eval->offset + eval->samples) - std::max(train->offset, eval->offset);
  if (common <= 0) return {};
  return concat("data.eval: ", with_thousands(common), " of ", with_thousands(eval->samples),
                " samples are also trained on; 'offset: ", train_end, "' takes others");
}

}  // namespace

Datasets open_datasets(const config::Experiment& experiment, const run::Plan* plan) {
  const std::vector<config::FieldNeed> needs = config::needs_of(experiment);
  HashCache cache(HashCache::file_of_user());
  const auto open = [&](const config::FormatOptions& options, const nlohmann::json* expected) {
    if (!expected) return open_dataset(options, needs, nullptr, &cache);
    const Manifest manifest = manifest_of(*expected);
    return open_dataset(options, needs, &manifest, &cache);
  };
  Datasets datasets;
  datasets.train = open(experiment.data.train, plan ? &plan->train_manifest : nullptr);
  if (experiment.data.eval) {
    datasets.eval = open(*experiment.data.eval, plan ? &plan->eval_manifest : nullptr);
  }
  return datasets;
}

std::vector<std::string> misfits(const config::Experiment& experiment, const Datasets& datasets,
                                 bool has_batch_norm) {
  std::vector<std::string> problems;
  check_fields(experiment, *datasets.train, "data.train", problems);
  if (datasets.eval) {
    check_fields(experiment, *datasets.eval, "data.eval", problems);
    check_same_columns(experiment, datasets, problems);
  }
  if (has_batch_norm) check_batch_norm(experiment, *datasets.train, problems);
  return problems;
}

std::vector<std::string> warnings(const config::Experiment& experiment, const Datasets& datasets) {
  std::vector<std::string> texts;
  const auto look_at = [&](const Dataset* dataset, const std::string& key) {
    if (dataset == nullptr || dataset->skipped().count() == 0) return;
    const std::int64_t skipped = dataset->skipped().count();
    texts.push_back(concat(key, ": ", with_thousands(skipped),
                           skipped == 1 ? " bad record of " : " bad records of ",
                           with_thousands(skipped + dataset->size()), skipped == 1 ? " is" : " are",
                           " left out (on_bad_record: skip):\n", dataset->skipped().text()));
  };
  look_at(datasets.train.get(), "data.train");
  look_at(datasets.eval.get(), "data.eval");
  if (std::string overlap = overlap_of(experiment.data); !overlap.empty()) {
    texts.push_back(std::move(overlap));
  }
  return texts;
}

Partition training_partition(const config::Experiment& experiment, const Dataset& train) {
  return Partition({.samples = train.size(),
                    .global_batch = experiment.batch.global,
                    .lanes = *experiment.batch.lanes,
                    .seed = static_cast<std::uint64_t>(experiment.seed)});
}

std::string manifest_hash(const Dataset& train, const Dataset* eval) {
  std::string hash = train.manifest().hash();
  if (eval != nullptr) hash += eval->manifest().hash();
  return hash;
}

run::Plan make_plan(const config::Experiment& experiment, const Datasets& datasets, int workers) {
  const Partition partition = training_partition(experiment, *datasets.train);
  run::Plan plan;
  plan.train_manifest = datasets.train->manifest();
  plan.train_samples = datasets.train->size();
  plan.records_skipped = datasets.train->skipped().count();
  if (datasets.eval) {
    plan.eval_manifest = datasets.eval->manifest();
    plan.eval_samples = datasets.eval->size();
    plan.records_skipped += datasets.eval->skipped().count();
  }
  plan.run_id = run::make_run_id();
  plan.config_hash =
      config::config_hash(experiment, manifest_hash(*datasets.train, datasets.eval.get()));
  plan.workers = workers;
  plan.lanes = *experiment.batch.lanes;
  plan.lanes_of_worker = lanes_of_workers(plan.lanes, workers);
  plan.steps_per_epoch = partition.steps_per_epoch();
  plan.total_steps = to_steps(experiment.duration, {plan.train_samples, experiment.batch.global});
  return plan;
}

}  // namespace muster::data
