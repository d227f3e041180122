// Data format idx: images and labels of MNIST and its relatives. The elements stay in memory as
// they are in the files (a byte a pixel) and become numbers when a batch is read.
#pragma once

#include <memory>
#include <span>

#include "common/config/formats/idx.h"
#include "data/dataset.h"

namespace muster::data {

/// See open_dataset. Fields: "input", of the shape of a record, float32 and scaled, or int64 where
/// whole numbers are read; "label", int64 or float32. Records count from 0 in messages.
std::unique_ptr<Dataset> open_idx(const config::IdxOptions& options,
                                  std::span<const config::FieldNeed> needs,
                                  const Manifest* expected);

}  // namespace muster::data
