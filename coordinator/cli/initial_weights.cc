#include "coordinator/cli/initial_weights.h"

#include "common/checkpoint/initial_weights.h"

namespace muster::coordinator::cli {

std::optional<Problem> identify_initial_weights(config::Experiment& experiment,
                                                const config::LoadResult& loaded) {
  try {
    checkpoint::identify_initial_weights(experiment);
    return std::nullopt;
  } catch (const Error& error) {
    return Problem{exit_status(error.code()),
                   loaded.complaint("model.init", error.what(), error.hint()).text()};
  }
}

}  // namespace muster::coordinator::cli
