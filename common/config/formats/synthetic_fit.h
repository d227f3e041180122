// Whether synthetic data can be what the model and the objective read, as far as their options say:
// asked when an experiment is checked, and again when its data are opened.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/config/field_need.h"
#include "common/config/formats/synthetic.h"

namespace muster::config {

/// A key of the options whose value makes samples that cannot be used.
struct SyntheticMisfit {
  std::string key;      // "classes"
  std::string message;  // "must be at most 2, got 10": completes the name of the key.
  std::string hint;     // "objective bce reads probabilities"
};

/// All that does not fit; sizes that the options leave open always do.
std::vector<SyntheticMisfit> misfits_of(const SyntheticOptions& options,
                                        std::span<const FieldNeed> needs);

}  // namespace muster::config
