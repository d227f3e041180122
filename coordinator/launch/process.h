// A process in a session of its own. It outlives the coordinator that started it: a later one
// adopts it, and otherwise the parent (parent.h) ends it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/deadline.h"
#include "common/file_descriptor.h"
#include "coordinator/core/events.h"
#include "coordinator/launch/mpirun.h"

namespace muster::coordinator {

class Process {
 public:
  /// Starts `command` in a new session with stdin from /dev/null and stdout and stderr appended to
  /// `output`, no other descriptor, and default signals. Throws Error{unavailable} when the program
  /// cannot be executed, Error{storage} for `output`.
  static Process start(const Command& command, const std::filesystem::path& output);

  /// The process that had this number and this start time (process_table.h), if it still runs. How
  /// it ends cannot be known then.
  static std::optional<Process> adopt(pid_t id, std::uint64_t start_time);

  pid_t id() const { return id_; }

  /// Readable (poll) once the process has ended.
  int pidfd() const { return pidfd_.get(); }

  /// True when wait() returns at once.
  bool has_ended() const;

  /// How it ended, reaping it; waits until the deadline. Throws Error{timeout}. Once.
  ProcessEnd wait(const Deadline& deadline);

 private:
  Process(pid_t id, FileDescriptor pidfd) : id_(id), pidfd_(std::move(pidfd)) {}

  bool is_adopted_ = false;
  pid_t id_;
  FileDescriptor pidfd_;
};

/// pidfd_open(2); closed when there is no such process. Works with C libraries that lack a wrapper.
FileDescriptor open_pidfd(pid_t id);

}  // namespace muster::coordinator
