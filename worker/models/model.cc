#include "worker/models/model.h"

#include <variant>

namespace muster::worker {

ModelPointer make_model(const config::ModelOptions& options) {
  return std::visit([](const auto& chosen) { return make_model(chosen); }, options);
}

}  // namespace muster::worker
