// What a model's tensors say against a key of the experiment: found where the model is known, told
// at the key's place in the file.
#pragma once

#include <string>
#include <vector>

#include "common/config/load.h"

namespace muster::worker {

struct KeyComplaint {
  std::string key;  // "optimizer.groups[0].match[1]"
  std::string message;
  std::string hint;
};

/// The complaints at their places in the file that `loaded` came from.
std::vector<config::Diagnostic> diagnostics_of(const std::vector<KeyComplaint>& complaints,
                                               const config::LoadResult& loaded);

}  // namespace muster::worker
