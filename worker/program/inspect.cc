#include <iostream>
#include <nlohmann/json.hpp>

#include "common/config/load.h"
#include "common/config/resolve.h"
#include "common/error.h"
#include "common/run/inspection.h"
#include "common/text.h"
#include "worker/models/build.h"
#include "worker/optim/optimizer.h"
#include "worker/program/numerics.h"
#include "worker/program/process.h"
#include "worker/program/programs.h"
#include "worker/train/arena.h"

namespace muster::worker {
namespace {

std::vector<run::InspectedTensor> describe(const std::vector<ArenaEntry>& entries, DType dtype) {
  std::vector<run::InspectedTensor> tensors;
  for (const ArenaEntry& entry : entries) {
    tensors.push_back({entry.name, entry.shape, std::string(to_string(dtype))});
  }
  return tensors;
}

run::Inspection inspection_of(const config::Experiment& experiment) {
  const ModelPointer model = build_model(experiment);
  const ModelTensors tensors = ModelTensors::of(*model);
  const ArenaLayout layout = tensors.layout();
  const at::ScalarType type = scalar_type_of(experiment.precision);
  run::Inspection inspection;
  inspection.parameters = describe(layout.parameters(), dtype_of(type));
  inspection.buffers = describe(layout.statistics(), dtype_of(type));
  for (const ArenaEntry& entry : layout.parameters()) inspection.parameter_count += entry.count;
  inspection.has_batch_norm = !tensors.counters.empty();
  inspection.arena_elements = layout.total_elements();
  inspection.bytes_per_element = static_cast<std::int64_t>(at::elementSize(type));
  inspection.optimizer_slots =
      static_cast<std::int64_t>(make_optimizer(experiment.optimizer, 0, type)->state().size());
  inspection.libtorch_version = libtorch_version();
  return inspection;
}

}  // namespace

int inspect(const ExperimentArguments& arguments) {
  config::LoadResult loaded = config::load_experiment(arguments.file, arguments.overrides);
  if (loaded.diagnostics.empty()) {
    loaded.diagnostics = config::resolve(loaded, {.workers = loaded.experiment.cluster.workers});
  }
  if (!loaded.diagnostics.empty()) {
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
      std::cerr << diagnostic.text() << '\n';
    }
    return exit_code::kBadConfig;
  }
  run::Inspection inspection;
  try {
    set_numerics(loaded.experiment);
    inspection = inspection_of(loaded.experiment);
  } catch (const Error& error) {
    inspection.problems.push_back(
        error.hint().empty() ? error.what() : concat(error.what(), " (", error.hint(), ")"));
  } catch (const std::exception& error) {  // What libtorch says against the model's options.
    inspection.problems.push_back("model: " + error_text(error));
  }
  std::cout << nlohmann::json(inspection).dump() << '\n';
  return exit_code::kOk;
}

}  // namespace muster::worker
