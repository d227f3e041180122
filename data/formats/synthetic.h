// Data format synthetic: samples that are made when they are read, each a pure function of the
// options and its number; the same bits on every machine. No files.
#pragma once

#include <memory>
#include <span>

#include "common/config/formats/synthetic.h"
#include "data/dataset.h"

namespace muster::data {

/// See open_dataset. Fields: images and classes have "input" float32 and "label"; ids have "ids"
/// int64 [columns] and "label"; tokens have "input" and "label", int64 [sequence]. Throws
/// Error{invalid} when neither options nor needs say a size, or the options say one whose samples
/// hold what is not read (config::misfits_of).
std::unique_ptr<Dataset> open_synthetic(const config::SyntheticOptions& options,
                                        std::span<const config::FieldNeed> needs,
                                        const Manifest* expected);

}  // namespace muster::data
