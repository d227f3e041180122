// The ledger in the journal: a line with the event `ledger`, written at every change (what changes
// with every step: once a second at most).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/run/run_directory.h"
#include "coordinator/core/ledger.h"

namespace muster::coordinator {

/// A process that can be told from a later one with the same number, on this boot of this host.
struct ProcessIdentity {
  std::string host;
  std::int64_t pid = 0;
  std::int64_t start_time = 0;  // Clock ticks since boot.

  bool operator==(const ProcessIdentity&) const = default;
};

struct LedgerRecord {
  Ledger ledger;
  std::optional<ProcessIdentity> launcher;  // Empty while none runs.

  bool operator==(const LedgerRecord&) const = default;
};

/// A line of the journal.
nlohmann::json ledger_entry(double at_seconds, const LedgerRecord& record);

/// The record in a line that ledger_entry() has made; empty for other lines. Throws Error{corrupt}.
std::optional<LedgerRecord> ledger_in(const nlohmann::json& entry);

/// The last record that a coordinator of this run has written, whichever it was. Empty when there
/// is none. Throws Error{corrupt}.
std::optional<LedgerRecord> newest_ledger(const run::RunDirectory& run);

}  // namespace muster::coordinator
