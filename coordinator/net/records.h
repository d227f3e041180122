// What a coordinator writes into the run directory: its number and address, the journal and the
// ledger, metrics, the summary. All but journal and ledger (which are its own) is published only
// while no coordinator with a larger number is seen.
#pragma once

#include <cstdint>

#include "common/run/run_directory.h"
#include "common/run/summary.h"
#include "coordinator/core/actions.h"
#include "coordinator/net/ledger_record.h"
#include "coordinator/net/recorder.h"

namespace muster::coordinator {

class Records {
 public:
  /// Takes the next number. Throws Error{storage}.
  explicit Records(run::RunDirectory run);

  std::int64_t number() const { return number_; }

  /// Throws Error{aborted} when a successor is there; returns where that cannot be seen.
  void require_the_latest_number() const;

  /// Whether the coordinator that has taken the next number runs on this host, so that it can take
  /// over what runs here. False where that cannot be read.
  bool successor_is_here() const;

  /// From now on workers find this coordinator; a summary that an earlier one has left goes, since
  /// the run has not ended. Throws Error{storage}; Error{aborted} when superseded.
  void publish_address(const std::string& host, int port);
  /// What is queued comes first; a disk that does not answer is waited for. Throws as above.
  void write_summary(const run::Summary& summary);

  // These queue and return at once.
  void journal(double at_seconds, const Event& event, const Decision& decision);
  void ledger(const Ledger& ledger, const std::optional<ProcessIdentity>& launcher);
  void metrics(const wire::MetricsLine& line, Generation generation);

  /// For flush(), and to hear what has become of it all.
  Recorder& recorder() { return recorder_; }

 private:
  const run::RunDirectory run_;
  const std::int64_t number_;
  Recorder recorder_;
};

}  // namespace muster::coordinator
