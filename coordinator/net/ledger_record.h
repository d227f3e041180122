// The ledger on the disk: journal/N.ledger.json, of coordinator number N alone, replaced whole.
//
// A file for each coordinator, not one for the run: one that has been replaced and does not know it
// yet cannot write over what its successor has kept. A file beside the journal, not lines in it: it
// is as small after a month as after an hour.
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
  std::int64_t coordinator = 0;  // The number of whose it is.
  Ledger ledger;
  std::optional<ProcessIdentity> launcher;  // Empty while none runs.

  bool operator==(const LedgerRecord&) const = default;
};

nlohmann::json ledger_json(const LedgerRecord& record);

/// What ledger_json() has made. Throws Error{corrupt}, Error{unsupported}.
LedgerRecord ledger_from(const nlohmann::json& json);

/// As that of its coordinator. Atomic; on the disk when this returns. Throws Error{storage}.
void write_ledger(const run::RunDirectory& run, const LedgerRecord& record);

/// Where the run goes on: the record of the last coordinator that has kept a readable one. Where
/// the folder shows a later generation than that (a claim of checkpoints, a log of a launcher: the
/// disk was full, say), that one counts, and nothing is known of its launcher. Empty when there is
/// neither. What cannot be read is logged and passed over. Throws Error{storage} when journal/
/// cannot be listed.
std::optional<LedgerRecord> newest_ledger(const run::RunDirectory& run);

}  // namespace muster::coordinator
