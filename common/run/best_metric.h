// Which of two evaluations is the better one.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace muster::run {

/// The metric that decides which evaluation is best: accuracy where there is one, else loss, else
/// the first by name; empty when there is none.
std::string best_metric(const std::map<std::string, double>& values);

/// True when `value` is better than `than`. Of loss, perplexity and mae, smaller is better; of any
/// other metric, larger. Every number is better than NaN.
bool is_better(std::string_view metric, double value, double than);

}  // namespace muster::run
