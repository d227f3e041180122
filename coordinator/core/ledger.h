// What a later coordinator of the same run needs to know of this one: where numbering and counting
// go on. It is kept in a file (net/ledger_record.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/core/state.h"

namespace muster::coordinator {

struct Ledger {
  Generation generation = 0;  // The last one that was launched.
  int restarts = 0;
  int restarts_counted = 0;        // Against cluster.max_restarts.
  std::int64_t forgiven_from = 0;  // Recoveries::forgiven_from.
  std::int64_t furthest = 0;       // Step completed by any generation.
  std::int64_t steps_redone = 0;
  double redo_seconds = 0;
  std::vector<double> recovery_seconds;
  double wall_seconds = 0;      // Of all coordinators so far.
  double stepping_seconds = 0;  // Of all workers.
  double existing_seconds = 0;
  std::vector<std::int64_t> checkpoints;          // Steps, ascending.
  std::string model_sha256;                       // Of the last of them.
  std::vector<std::int64_t> checkpoint_failures;  // Steps.

  Handover handover;

  bool operator==(const Ledger&) const = default;
};

Ledger ledger_of(const State& state, TimePoint now);

/// True when `next` says more than that the training has gone on.
bool is_news(const Ledger& last, const Ledger& next);

/// A run that goes on with what an earlier coordinator has kept, ready for Started (the next
/// generation gets the next number, and waits for Restored) or for Adopted.
State state_from(const Ledger& ledger, RunFacts facts);

}  // namespace muster::coordinator
