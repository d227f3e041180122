// What a coordinator writes while its run goes on, and its look at journal/ for a successor, on a
// thread of its own: killing, evicting and answering never wait for a disk.
//
// A disk that fails stops nothing. The journal's lines and the newest ledger wait, and are tried
// again every second; metrics are lost. A folder that cannot be listed shows no successor: only one
// that is seen counts.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/deadline.h"
#include "common/run/run_directory.h"
#include "common/wire/messages.h"
#include "coordinator/core/events.h"
#include "coordinator/net/ledger_record.h"

namespace muster::coordinator {

class Recorder {
 public:
  /// Grows with everything that is queued.
  using Ticket = std::uint64_t;

  struct News {
    /// All up to this one is on the disk. Stays where it is once superseded.
    Ticket kept = 0;
    bool is_superseded = false;         // A coordinator with a larger number exists.
    std::vector<std::string> problems;  // For a person; each is told once.
  };

  /// For coordinator `number`, whose journal exists. Throws Error{storage}.
  Recorder(const run::RunDirectory& run, std::int64_t number);
  ~Recorder();  // Writes what is queued; waits five seconds at most.
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // These queue and return at once.

  /// A line of the journal. Beyond 10,000 that wait for a disk, the oldest are given up.
  void journal(nlohmann::json line);
  /// Takes the place of one that has not been written yet.
  void ledger(LedgerRecord record);
  /// A line that is there already is left out: a worker sends again what was not confirmed to it.
  void metrics(wire::MetricsLine line, Generation generation);

  /// Of what was queued last.
  Ticket ticket() const;

  News news();
  /// A descriptor that is readable when there is news; news() makes it unreadable. Not to be read.
  int readable() const;

  /// Waits until all that is queued has been tried, and then a look for a successor taken. False
  /// when that takes longer than `patience`, or not everything is kept.
  bool flush(Clock::duration patience);

 private:
  struct Shared;
  class Writer;

  std::shared_ptr<Shared> shared_;
};

}  // namespace muster::coordinator
