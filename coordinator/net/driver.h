// Brings events to core/ and does what it says. One thread; decides nothing.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "coordinator/core/decide.h"
#include "coordinator/net/asio.h"
#include "coordinator/net/launcher.h"
#include "coordinator/net/ledger_record.h"
#include "coordinator/net/observer.h"
#include "coordinator/net/records.h"
#include "coordinator/net/server.h"

namespace muster::coordinator {

class Driver : private TalkListener {
 public:
  struct Options {
    run::RunDirectory run;
    std::string run_id;
    RunFacts facts;
    Limits limits;
    std::optional<LedgerRecord> ledger = {};  // Of an earlier coordinator of this run.
    bool takes_over = false;                  // That one has died in mid-run.
    std::vector<int> unheard = {};            // Signals that it may not have seen.
    Server::Options server;
    std::string host;                 // Under which workers find this coordinator.
    std::filesystem::path snapshots;  // Their folder, removed at the end of the run. Empty: none.
    Launcher::Options launcher;
  };

  /// Listens, and publishes the address. Throws Error; nothing is left then. `records` and
  /// `observer` outlive the driver.
  Driver(Options options, Records& records, Observer& observer);

  /// The whole run. Returns the exit status.
  int run();

 private:
  struct Waiting {
    Recorder::Ticket ticket = 0;
    TimePoint since;
    std::function<void()> act;
  };

  void connected(ConnectionId connection, const wire::Hello& hello) override;
  void spoke(ConnectionId connection, Generation generation, int rank,
             wire::Message message) override;
  void told(ConnectionId connection, std::int64_t messages) override;
  void stop_requested(std::string reason) override;
  void lost(ConnectionId connection, Generation generation, int rank, std::string why) override;

  void begin();
  void catch_up();
  void wait_for_signal();
  void wait_for_tick();
  void wait_for_news();

  /// Decides about the event and performs the actions; events that they cause come after it.
  /// Never throws: the one place where failures of this side end the run.
  void handle(Event event);
  void decide(const Event& event);
  void keep_ledger(TimePoint now);
  void hear_of_records();
  bool goes_on_with_the_world() const;

  /// Does it when all that has been given to records_ is on the disk; a disk that does not get on
  /// is waited for two seconds.
  void when_kept(std::function<void()> act);
  void do_what_is_kept();

  void perform(const LaunchGeneration& action);
  void perform(const KillGeneration&) {}  // Done before all others: decide().
  void perform(const SendStop& action);
  void perform(const CloseConnection& action);
  void perform(const DismissWorker& action);
  void perform(const AppendMetrics& action);
  void perform(const AnnounceCheckpoint& action);
  void perform(const PublishState& action);
  void perform(const Notify& action);
  void perform(const WriteSummary& action);
  void perform(const End& action);

  void write(const run::Summary& summary);
  std::string with_excerpt(const Notify& action) const;
  void give_way();
  void break_off(const std::string& why, int exit_status);

  boost::asio::io_context io_;
  const Options options_;
  Observer& observer_;
  FileDescriptor snapshots_;  // Held: it is not abandoned while no worker lives.
  Records& records_;
  Server server_;
  Launcher launcher_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer ticker_;
  boost::asio::posix::stream_descriptor news_;  // Of records_.
  const TimePoint start_;
  State state_;
  Ledger kept_;                                   // Given to records_,
  std::optional<ProcessIdentity> kept_launcher_;  // with this,
  TimePoint kept_at_;                             // at this time.
  Recorder::Ticket on_disk_ = 0;
  std::deque<Waiting> waiting_;  // For the disk, in order.
  std::deque<Event> events_;     // To be decided about, in order.
  bool is_handling_ = false;
  std::uint64_t ticks_ = 0;
  std::optional<int> exit_status_;  // Set at the end.
};

}  // namespace muster::coordinator
