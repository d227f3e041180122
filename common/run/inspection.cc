#include "common/run/inspection.h"

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

nlohmann::json json_of_tensors(const std::vector<InspectedTensor>& tensors) {
  nlohmann::json json = nlohmann::json::array();
  for (const InspectedTensor& tensor : tensors) {
    json.push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"dtype", tensor.dtype}});
  }
  return json;
}

std::vector<InspectedTensor> tensors_from(const nlohmann::json& json) {
  if (!json.is_array()) throw Error(ErrorCode::corrupt, "tensors must be an array");
  std::vector<InspectedTensor> tensors;
  for (const nlohmann::json& element : json) {
    const wire::JsonReader read(element, ErrorCode::corrupt);
    InspectedTensor& tensor = tensors.emplace_back();
    read("name", tensor.name);
    read("shape", tensor.shape);
    read("dtype", tensor.dtype);
  }
  return tensors;
}

}  // namespace

void to_json(nlohmann::json& json, const Inspection& inspection) {
  json = {
      {"schema", kSchema},
      {"parameters", json_of_tensors(inspection.parameters)},
      {"frozen", json_of_tensors(inspection.frozen)},
      {"buffers", json_of_tensors(inspection.buffers)},
      {"parameter_count", inspection.parameter_count},
      {"frozen_count", inspection.frozen_count},
      {"has_batch_norm", inspection.has_batch_norm},
      {"arena_elements", inspection.arena_elements},
      {"frozen_elements", inspection.frozen_elements},
      {"bytes_per_element", inspection.bytes_per_element},
      {"optimizer_slots", inspection.optimizer_slots},
      {"libtorch_version", inspection.libtorch_version},
      {"problems", inspection.problems},
      {"init_problems", inspection.init_problems},
      {"init_note", inspection.init_note},
  };
}

void from_json(const nlohmann::json& json, Inspection& inspection) {
  check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  nlohmann::json tensors;
  read("parameters", tensors);
  inspection.parameters = tensors_from(tensors);
  read("frozen", tensors);
  inspection.frozen = tensors_from(tensors);
  read("buffers", tensors);
  inspection.buffers = tensors_from(tensors);
  read("parameter_count", inspection.parameter_count);
  read("frozen_count", inspection.frozen_count);
  read("has_batch_norm", inspection.has_batch_norm);
  read("arena_elements", inspection.arena_elements);
  read("frozen_elements", inspection.frozen_elements);
  read("bytes_per_element", inspection.bytes_per_element);
  read("optimizer_slots", inspection.optimizer_slots);
  read("libtorch_version", inspection.libtorch_version);
  read("problems", inspection.problems);
  read("init_problems", inspection.init_problems);
  read("init_note", inspection.init_note);
}

}  // namespace muster::run
