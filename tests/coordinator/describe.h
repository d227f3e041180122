// Actions as lines of text, for transcripts and stories.
#pragma once

#include <string>
#include <vector>

#include "coordinator/core/actions.h"

namespace muster::coordinator {

/// One line per action, each with two blanks in front.
std::string describe(const std::vector<Action>& actions);

}  // namespace muster::coordinator
