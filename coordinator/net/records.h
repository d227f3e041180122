// What a coordinator writes into the run directory: its number and address, the journal, metrics,
// the summary. Everything but the journal (which is its own) is published only while no coordinator
// with a larger number exists.
#pragma once

#include <cstdint>
#include <memory>

#include "common/run/journal.h"
#include "common/run/metrics_record.h"
#include "common/run/run_directory.h"
#include "common/run/summary.h"
#include "coordinator/core/actions.h"
#include "coordinator/net/ledger_record.h"

namespace muster::coordinator {

class Records {
 public:
  /// Takes the next number; a summary that an earlier coordinator has left goes, since the run has
  /// not ended. Throws Error{storage}.
  explicit Records(run::RunDirectory run);

  std::int64_t number() const { return number_; }

  /// True when a successor has taken over: this coordinator gives way.
  bool is_superseded() const;

  /// Throws Error{storage}; Error{aborted} when superseded. So do the next two.
  void publish_address(const std::string& host, int port);
  /// A line that is there already is left out: a worker sends again what was not confirmed to it.
  void append_metrics(const wire::MetricsLine& line, Generation generation);
  void write_summary(const run::Summary& summary);

  /// Queue the line; return at once.
  void journal(double at_seconds, const Event& event, const Decision& decision);
  void ledger(double at_seconds, const LedgerRecord& record);

 private:
  void require_the_latest_number() const;
  bool is_new(const wire::MetricsLine& line, Generation generation);

  const run::RunDirectory run_;
  const std::int64_t number_;
  run::Journal journal_;
  run::MetricsRecord metrics_;
  // What metrics.jsonl ends with: steps come in order within a generation.
  Generation generation_ = 0;
  std::int64_t trained_ = -1;    // Step of the last line of training;
  std::int64_t evaluated_ = -1;  // of evaluation.
};

}  // namespace muster::coordinator
