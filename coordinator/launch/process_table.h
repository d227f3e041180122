// Which processes of this machine belong to a generation, and how to end exactly those.
//
// Three marks, because each can be missing: descent (lost when a parent dies), the session that
// mpirun was given (lost by setsid), the variable in the environment (lost when a program clears
// it).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/deadline.h"

namespace muster::coordinator {

struct ProcessEntry {
  pid_t id = 0;
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;  // Clock ticks since boot: with `id` the identity of a process.
  bool has_ended = false;        // A zombie.

  bool operator==(const ProcessEntry&) const = default;
};

/// The contents of /proc/<id>/stat; false when they are not that. Pure.
bool parse_process_stat(const std::string& text, ProcessEntry& entry);

/// The process with this number; empty when there is none.
std::optional<ProcessEntry> look_up(pid_t id);

/// This user's processes that have not ended.
std::vector<ProcessEntry> running_processes();

/// How the processes of a generation are known.
struct WorldMark {
  pid_t session = 0;       // mpirun's, which is its process id.
  std::string variable;    // "MUSTER_WORLD=...".
  bool is_of_all = false;  // Of every generation: a number comes behind `variable`.
};

/// Those that carry the mark, and their descendants.
std::vector<ProcessEntry> processes_of(const WorldMark& mark);

/// SIGKILL to every process of the generation, again until none is left or the deadline passes.
/// Returns how many are left. A process that took over the number of another is never hit.
std::size_t kill_processes_of(const WorldMark& mark, const Deadline& deadline);

}  // namespace muster::coordinator
