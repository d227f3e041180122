#include <iostream>
#include <nlohmann/json.hpp>

#include "common/checkpoint/safetensors_file.h"
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
#include "worker/train/initial_weights.h"

namespace muster::worker {
namespace {

std::vector<run::InspectedTensor> describe(const std::vector<ArenaEntry>& entries, DType dtype) {
  std::vector<run::InspectedTensor> tensors;
  for (const ArenaEntry& entry : entries) {
    tensors.push_back({entry.name, entry.shape, std::string(to_string(dtype))});
  }
  return tensors;
}

std::int64_t count_of(const std::vector<ArenaEntry>& entries) {
  std::int64_t count = 0;
  for (const ArenaEntry& entry : entries) count += entry.count;
  return count;
}

run::Inspection inspection_of(const config::Experiment& experiment, const ModelTensors& tensors) {
  const ArenaLayout layout = tensors.layout();
  const at::ScalarType type = scalar_type_of(experiment.precision);
  run::Inspection inspection;
  inspection.parameters = describe(layout.parameters(), dtype_of(type));
  inspection.frozen = describe(layout.frozen(), dtype_of(type));
  inspection.buffers = describe(layout.statistics(), dtype_of(type));
  inspection.frozen_count = count_of(layout.frozen());
  inspection.parameter_count = count_of(layout.parameters()) + inspection.frozen_count;
  inspection.has_batch_norm = !tensors.counters.empty();
  inspection.arena_elements = layout.total_elements();
  inspection.frozen_elements = layout.frozen_elements();
  inspection.bytes_per_element = static_cast<std::int64_t>(at::elementSize(type));
  inspection.optimizer_slots = static_cast<std::int64_t>(state_names(experiment.optimizer).size());
  inspection.libtorch_version = libtorch_version();
  return inspection;
}

std::string in_words(const std::string& message, const std::string& hint) {
  return hint.empty() ? message : concat(message, " (", hint, ")");
}

void look_at_initial_weights(const config::InitialWeights& initial, const ModelTensors& tensors,
                             run::Inspection& inspection) {
  try {
    const checkpoint::SafetensorsFile file(*initial.file);
    const InitialFit fit = fit_initial_weights(initial, tensors, file);
    for (const KeyComplaint& complaint : fit.complaints) {
      inspection.init_problems.push_back(in_words(complaint.message, complaint.hint));
    }
    inspection.init_note = fit.note;
  } catch (const Error& error) {
    inspection.init_problems.push_back(
        in_words(concat("model.init: ", error.what()), error.hint()));
  }
}

int refuse(const std::vector<config::Diagnostic>& diagnostics) {
  for (const config::Diagnostic& diagnostic : diagnostics) std::cerr << diagnostic.text() << '\n';
  return exit_code::kBadConfig;
}

}  // namespace

int inspect(const ExperimentArguments& arguments) {
  config::LoadResult loaded = config::load_experiment(arguments.file, arguments.overrides);
  if (loaded.diagnostics.empty()) {
    loaded.diagnostics = config::resolve(loaded, {.workers = loaded.experiment.cluster.workers});
  }
  if (!loaded.diagnostics.empty()) return refuse(loaded.diagnostics);
  const config::Experiment& experiment = loaded.experiment;
  run::Inspection inspection;
  try {
    set_numerics(experiment);
    const ModelPointer model = build_model(experiment);
    const ModelTensors tensors = ModelTensors::of(*model, parameter_groups(experiment.optimizer));
    if (!tensors.complaints.empty()) {
      return refuse(diagnostics_of(tensors.complaints, loaded));
    }
    inspection = inspection_of(experiment, tensors);
    const config::InitialWeights& initial = config::initial_weights_of(experiment.model.options);
    if (initial.file) look_at_initial_weights(initial, tensors, inspection);
  } catch (const Error& error) {
    inspection.problems.push_back(in_words(error.what(), error.hint()));
  } catch (const std::exception& error) {  // What libtorch says against the model's options.
    inspection.problems.push_back("model: " + error_text(error));
  }
  std::cout << nlohmann::json(inspection).dump() << '\n';
  return exit_code::kOk;
}

}  // namespace muster::worker
