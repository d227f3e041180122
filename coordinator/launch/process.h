// A process in a session of its own that dies with the thread that started it.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "common/deadline.h"
#include "common/file_descriptor.h"
#include "coordinator/core/events.h"
#include "coordinator/launch/mpirun.h"

namespace muster::coordinator {

class Process {
 public:
  /// Starts `command` in a new session with stdin from /dev/null and stdout and stderr appended to
  /// `output`, no other descriptor, default signals, and SIGKILL at the death of the calling
  /// thread. Throws Error{unavailable} when the program cannot be executed, Error{storage} for
  /// `output`.
  static Process start(const Command& command, const std::filesystem::path& output);

  pid_t id() const { return id_; }

  /// Readable (poll) once the process has ended.
  int pidfd() const { return pidfd_.get(); }

  /// How it ended, reaping it; waits until the deadline. Throws Error{timeout}. Once.
  ProcessEnd wait(const Deadline& deadline);

 private:
  Process(pid_t id, FileDescriptor pidfd) : id_(id), pidfd_(std::move(pidfd)) {}

  pid_t id_;
  FileDescriptor pidfd_;
};

/// pidfd_open(2); closed when there is no such process. Works with C libraries that lack a wrapper.
FileDescriptor open_pidfd(pid_t id);

}  // namespace muster::coordinator
