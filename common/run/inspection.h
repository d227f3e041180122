// What only the worker can say about an experiment (it has the model): `muster-worker --inspect`
// prints it as JSON, `muster` reads it before a run directory exists.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace muster::run {

struct InspectedTensor {
  std::string name;  // As in model.safetensors.
  std::vector<std::int64_t> shape;
  std::string dtype;  // "float32"
};

struct Inspection {
  std::vector<InspectedTensor> parameters;  // Trained ones; tied ones once.
  std::vector<InspectedTensor> frozen;      // Parameters that are not trained.
  std::vector<InspectedTensor> buffers;     // Running statistics.
  std::int64_t parameter_count = 0;         // Elements of all parameters, frozen ones too.
  std::int64_t frozen_count = 0;            // Elements of the frozen ones.
  bool has_batch_norm = false;
  std::int64_t arena_elements = 0;   // With padding and statistics: of one gradient buffer.
  std::int64_t frozen_elements = 0;  // With padding: of the memory for frozen parameters.
  std::int64_t bytes_per_element = 0;
  std::int64_t optimizer_slots = 0;  // Elements of state per parameter (AdamW: 2).
  std::string libtorch_version;
  std::vector<std::string> problems;  // Why this experiment cannot be trained here, in words
                                      // that name the key; empty when it can.
  // About the file of model.init, in the same form. A run that has trained already does not need
  // it any more.
  std::vector<std::string> init_problems;
  std::string init_note;  // What the user should know; empty for nothing.
};

void to_json(nlohmann::json& json, const Inspection& inspection);
void from_json(const nlohmann::json& json, Inspection& inspection);

}  // namespace muster::run
