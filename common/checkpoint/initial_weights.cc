#include "common/checkpoint/initial_weights.h"

#include "common/checkpoint/safetensors_file.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::checkpoint {

void identify_initial_weights(config::Experiment& experiment,
                              const std::function<void()>& progressed) {
  config::InitialWeights& initial = config::initial_weights_of(experiment.model.options);
  if (!initial.file) return;
  std::string found;
  try {
    found = SafetensorsFile(*initial.file).read_in_pieces({}, progressed);
  } catch (const Error& error) {
    throw Error(error.code(), concat("model.init: ", error.what()),
                error.hint().empty() ? "it must be a whole safetensors file" : error.hint());
  }
  require_same_weights(initial, found, "give that file, or change or leave out model.init_sha256");
  initial.sha256 = found;
}

void require_same_weights(const config::InitialWeights& initial, const std::string& found,
                          const std::string& hint) {
  if (!initial.sha256 || *initial.sha256 == found) return;
  throw Error(ErrorCode::corrupt,
              concat("model.init: ", initial.file->string(), ": its SHA-256 is ", found,
                     ", not model.init_sha256, ", *initial.sha256),
              hint);
}

}  // namespace muster::checkpoint
