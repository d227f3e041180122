// What to write instead of a batch that leaves batch norm a single sample (data/planning says that
// it does). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace muster::coordinator::cli {

/// How an epoch is cut into passes.
struct BatchCut {
  std::int64_t samples = 0;  // Of an epoch.
  std::int64_t global = 0;
  std::int64_t lanes = 0;
  std::optional<std::int64_t> micro;  // Largest pass. Empty: the whole lane.
};

/// True when some pass of an epoch has exactly one sample.
bool has_pass_of_one(const BatchCut& cut);

/// The nearest values that leave no pass of one: "batch.global: 129 or batch.lanes: 2 would be
/// right". There are never fewer lanes than `workers`. Empty when nothing near is right.
std::string batch_advice(const BatchCut& cut, int workers);

}  // namespace muster::coordinator::cli
