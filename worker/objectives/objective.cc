#include "worker/objectives/objective.h"

#include <variant>

namespace muster::worker {

ObjectivePointer make_objective(const config::ObjectiveOptions& options) {
  return std::visit([](const auto& chosen) { return make_objective(chosen); }, options);
}

}  // namespace muster::worker
