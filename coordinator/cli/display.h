// A run as its user sees it: progress on standard error. On a terminal one line is redrawn at the
// bottom and everything worth keeping scrolls away above it; elsewhere there are plain lines, about
// one a second.
//
// Owned and called by the coordinator's one thread. Nothing here blocks (outlet.h).
#pragma once

#include <optional>
#include <string>

#include "coordinator/cli/outlet.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/terminal.h"
#include "coordinator/net/observer.h"

namespace muster::coordinator::cli {

class Display : public Observer {
 public:
  /// Writes to `file`: standard error, but for tests.
  Display(const Terminal& terminal, const TrainingSize& size, int file);

  void state_changed(run::State state, const std::string& reason) override;
  void metrics(const wire::MetricsLine& line) override;
  void checkpoint_written(const wire::CheckpointWritten&) override {}
  void notice(const std::string& text) override;
  void tick() override;
  void ended(const run::Summary& summary) override;

  /// Removes the live line and waits, a short while, until all is written. Called last.
  void finish();

  // For the report at the end.
  const std::optional<run::Summary>& summary() const { return summary_; }
  const std::optional<Evaluation>& best() const { return progress_.best(); }

 private:
  void keep(const std::string& lines);
  void redraw(Clock::time_point now);
  void print_plain(Clock::time_point now);

  Terminal terminal_;
  TrainingSize size_;
  Outlet outlet_;
  Progress progress_;
  std::string live_;                // As it stands at the bottom now.
  Clock::time_point drawn_;         // When the live line, or a plain one, was written last.
  std::int64_t printed_step_ = -1;  // Of the last plain line.
  unsigned frame_ = 0;
  std::optional<run::Summary> summary_;
};

}  // namespace muster::coordinator::cli
