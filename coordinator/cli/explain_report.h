// What `muster explain` prints: for people and as JSON. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/config/explain.h"

namespace muster::coordinator::cli {

/// A block for each key: its name, what may stand there, its default, and below it what it means.
std::string explanations_text(const std::vector<config::Explanation>& explanations);

/// {"schema":1,"keys":[{"key":...,"type":...,"range":...,"default":...,"meaning":...}]}
nlohmann::ordered_json explanations_json(const std::vector<config::Explanation>& explanations);

}  // namespace muster::coordinator::cli
