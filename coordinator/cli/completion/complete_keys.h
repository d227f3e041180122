// Keys of an experiment and their values, as far as they have been typed. From the schema. Pure.
#pragma once

#include <string>

#include "coordinator/cli/completion/complete_words.h"

namespace muster::coordinator::cli::completion {

/// For `muster explain`: "opt" -> "optimizer", "optimizer." and what is directly below.
Completion complete_key(const std::string& word);

/// For key=value: "optimizer.l" -> "optimizer.lr="; "precision=" -> "precision=fp32", ...
Completion complete_override(const std::string& word);

}  // namespace muster::coordinator::cli::completion
