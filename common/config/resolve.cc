#include "common/config/resolve.h"

#include <cstdlib>
#include <span>

#include "common/config/codec.h"
#include "common/config/experiment_checks.h"
#include "common/config/schema.h"
#include "common/config/writer.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster::config {
namespace {

std::filesystem::path run_root_by_default() {
  const char* runs = std::getenv("MUSTER_RUNS");
  const std::filesystem::path root = runs != nullptr && *runs != '\0' ? runs : "runs";
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(root, error);
  return (error ? root : absolute).lexically_normal();
}

/// Impossible combinations of a resolved experiment. Those that the file alone decides were found
/// when it was loaded; here the number of workers is the one that will be launched.
std::vector<Diagnostic> check_world(const LoadResult& loaded, bool lanes_given) {
  const Experiment& experiment = loaded.experiment;
  const std::int64_t lanes = *experiment.batch.lanes;
  const int workers = experiment.cluster.workers;
  std::vector<Diagnostic> diagnostics;
  if (lanes_given && workers > lanes) {
    diagnostics.push_back(loaded.complaint(
        "batch.lanes", concat("batch.lanes is ", lanes, ", too few for ", workers, " workers"),
        "every worker needs a lane of its own: start fewer workers or set more lanes"));
  }
  if (lanes > experiment.batch.global) {
    diagnostics.push_back(
        loaded.complaint("batch.global",
                         concat("batch.global is ", experiment.batch.global, ", too few for ",
                                lanes, lanes_given ? " lanes" : " workers"),
                         "every worker needs at least one sample of every batch"));
    return diagnostics;
  }
  const std::int64_t lane = samples_per_lane(experiment.batch.global, lanes);
  if (experiment.batch.micro && *experiment.batch.micro > lane) {
    diagnostics.push_back(loaded.complaint(
        "batch.micro", concat("batch.micro must be at most ", lane, ", the samples of a lane with ",
                              lanes, " lanes, got ", *experiment.batch.micro)));
  }
  return diagnostics;
}

/// Two steps, one evaluation and one checkpoint, both after the last step. What would make no sense
/// in so short a training is shortened with it: nothing that a real run accepts is refused.
void apply_fast_dev_run(Experiment& experiment) {
  constexpr Duration kOneStep{1, Duration::Unit::steps};
  constexpr Duration kTwoSteps{2, Duration::Unit::steps};
  experiment.duration = kTwoSteps;
  if (experiment.data.eval) experiment.eval.interval = kTwoSteps;
  experiment.checkpoint.interval.reset();
  experiment.checkpoint.initial = false;
  experiment.metrics.interval = kOneStep;
  Span& warmup =
      std::visit([](auto& options) -> Span& { return options.warmup; }, experiment.lr_scheduler);
  if (warmup.kind == Span::Kind::duration && warmup.duration.amount > 0) warmup.duration = kOneStep;
}

Node tree_of(const Experiment& experiment, Form form) {
  return write_section(experiment_schema(), &experiment, form);
}

void add_leaves(const Node& node, const std::string& path,
                std::map<std::string, std::string>& leaves) {
  if (node.kind != Node::Kind::map || node.entries.empty()) {
    leaves[path] = yaml_line(node);
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    add_leaves(entry.value, join_path(path, entry.key), leaves);
  }
}

}  // namespace

std::vector<Diagnostic> resolve(LoadResult& loaded, const World& world) {
  MUSTER_ASSERT(world.workers >= 1, "a world has workers");
  Experiment& experiment = loaded.experiment;
  const bool lanes_given = experiment.batch.lanes.has_value();
  experiment.cluster.workers = world.workers;
  if (!lanes_given) experiment.batch.lanes = world.workers;
  if (!experiment.numerics.isa) experiment.numerics.isa = world.instructions;
  // Without data to evaluate on there is no section eval, and nothing in it to decide.
  if (experiment.data.eval && !experiment.eval.batch) {
    experiment.eval.batch = experiment.batch.global;
  }
  if (!experiment.output.dir) experiment.output.dir = run_root_by_default();
  if (experiment.fast_dev_run) apply_fast_dev_run(experiment);
  std::vector<Diagnostic> diagnostics = check_world(loaded, lanes_given);
  if (*experiment.numerics.isa > world.instructions) {
    diagnostics.push_back(loaded.complaint(
        "numerics.isa",
        concat("numerics.isa is ", to_string(*experiment.numerics.isa),
               ", but not all machines have more than ", to_string(world.instructions)),
        "other instructions give other bits: choose what all machines have"));
  }
  return diagnostics;
}

std::vector<Diagnostic> resolve(Experiment& experiment, const World& world,
                                const std::string& file) {
  LoadResult loaded;
  loaded.experiment = experiment;
  loaded.file = file;
  std::vector<Diagnostic> diagnostics = resolve(loaded, world);
  experiment = loaded.experiment;
  return diagnostics;
}

std::string to_yaml(const Experiment& experiment) {
  return yaml_text(tree_of(experiment, Form::complete));
}

std::string to_json(const Experiment& experiment) {
  return json_text(tree_of(experiment, Form::complete));
}

std::string config_hash(const Experiment& experiment, const std::string& manifest_hash) {
  // The first line names the recipe: a hash of another version must not look like one of this.
  const std::string text =
      concat("muster config 1\n", json_text(tree_of(experiment, Form::deciding)), "\n",
             manifest_hash, "\n");
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

std::map<std::string, std::string> hashed_keys(const Experiment& experiment,
                                               const std::string& manifest_hash) {
  std::map<std::string, std::string> keys;
  add_leaves(tree_of(experiment, Form::deciding), "", keys);
  keys["data (hash)"] = manifest_hash;
  return keys;
}

}  // namespace muster::config
