// Starts generations with mpirun and tells when they have ended. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/config/experiment.h"
#include "common/run/run_directory.h"
#include "coordinator/core/events.h"
#include "coordinator/launch/world.h"
#include "coordinator/net/asio.h"
#include "coordinator/net/ledger_record.h"

namespace muster::coordinator {

/// The process, if it runs on this host.
std::optional<Process> running_process(const ProcessIdentity& identity);

class Launcher {
 public:
  struct Options {
    config::Cluster cluster;
    config::Comm comm;
    run::RunDirectory run;
    std::string run_id;
    std::string worker_program;
    int workers = 1;
    bool other_hosts = false;
  };

  /// `exited` is called from io.run(), when no process of that generation is left.
  Launcher(boost::asio::io_context& io, Options options,
           std::function<void(const LauncherExited&)> exited);

  /// Throws Error{unavailable} or Error{storage}; nothing is left then.
  void start(Generation generation);

  /// Takes over `generation` from an earlier coordinator, if its launcher `process` still runs on
  /// this host; otherwise ends what any generation of this run has left on it and returns false.
  bool adopt(Generation generation, const std::optional<ProcessIdentity>& process);

  /// Ends what any generation of this run has left on this host.
  void end_what_is_left();

  /// Of mpirun; empty while none runs.
  const std::optional<ProcessIdentity>& process() const { return process_; }

  /// SIGKILL to all of it; `exited` follows. Nothing happens when nothing runs.
  void kill();

  /// Forgets whatever runs, without ending it: it is another coordinator's.
  void let_go();

  /// Kills and forgets whatever runs, waiting for it; `exited` is not called any more.
  void abandon();

 private:
  void watch();
  void collect();

  boost::asio::io_context& io_;
  const Options options_;
  const std::function<void(const LauncherExited&)> exited_;
  Generation generation_ = 0;
  std::unique_ptr<World> world_;            // Null while nothing runs.
  std::optional<ProcessIdentity> process_;  // Of its mpirun.
  std::unique_ptr<boost::asio::posix::stream_descriptor>
      end_;  // Readable when the world has ended.
};

}  // namespace muster::coordinator
