// `muster plan --order`: the partition, sample by sample.
#pragma once

#include <cstdint>
#include <string>

#include "data/partition.h"

namespace muster::coordinator::cli {

/// {"step":0,"lane":1,"samples":[5,3]} and a newline; sample indices are zero-based over the data
/// set's files one after the other.
std::string order_line(const data::Partition& partition, std::int64_t step, std::int64_t lane);

}  // namespace muster::coordinator::cli
