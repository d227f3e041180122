// Decisions as lines of the journal.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "coordinator/core/actions.h"
#include "coordinator/core/events.h"

namespace muster::coordinator {

/// {"at":1.25,"event":{"type":"connection_lost",...},"actions":[{"type":"notify",...}],"reason":"..."}
/// `at_seconds` is since the start of this coordinator. docs/run-directory.md has the fields.
nlohmann::json journal_entry(double at_seconds, const Event& event, const Decision& decision);

}  // namespace muster::coordinator
