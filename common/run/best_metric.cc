#include "common/run/best_metric.h"

#include <cmath>

namespace muster::run {

std::string best_metric(const std::map<std::string, double>& values) {
  for (const char* name : {"accuracy", "loss"}) {
    if (values.contains(name)) return name;
  }
  return values.empty() ? "" : values.begin()->first;
}

bool is_better(std::string_view metric, double value, double than) {
  if (std::isnan(than)) return !std::isnan(value);
  const bool smaller = metric == "loss" || metric == "perplexity" || metric == "mae";
  return smaller ? value < than : value > than;
}

}  // namespace muster::run
