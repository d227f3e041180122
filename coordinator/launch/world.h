// One generation of the world on this machine: mpirun, what it started, and its temporary folder.
// All of it goes when this object does.
#pragma once

#include <filesystem>
#include <string>

#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/process.h"
#include "coordinator/launch/process_table.h"

namespace muster::coordinator {

class World {
 public:
  /// Makes the temporary folder and starts `command`. Throws Error{unavailable} or Error{storage};
  /// nothing is left then.
  World(const Command& command, const std::filesystem::path& temporary,
        const std::filesystem::path& log);
  /// Takes over a generation that an earlier coordinator launched: what has `temporary` and the
  /// process `launcher`.
  World(Process launcher, const std::filesystem::path& temporary);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  pid_t launcher_id() const { return process_.id(); }

  /// Readable once the launcher has ended.
  int pidfd() const { return process_.pidfd(); }

  /// True when the launcher has ended: finish() does not wait for it.
  bool has_ended() const { return process_.has_ended(); }

  /// SIGKILL to every process of the generation; a few milliseconds. pidfd becomes readable soon.
  void kill();

  /// Leaves all of it as it is: another coordinator has adopted it.
  void let_go();

  /// Call when pidfd is readable: ends what the launcher left behind (waiting two seconds at most),
  /// removes the temporary folder, says how the launcher ended.
  ProcessEnd finish();

 private:
  /// Makes the folder first, so that it is removed when the process does not start.
  struct Folder {
    ~Folder();
    std::filesystem::path path;  // Empty: nothing is removed.
  };
  static Folder make_folder(const std::filesystem::path& path);

  Folder temporary_;
  Process process_;
  WorldMark mark_;
  bool is_finished_ = false;
};

/// Ends what generations of this run that nobody watches any more have left on this host, whichever
/// they are: processes (waiting two seconds at most) and temporary folders.
void clean_up_worlds_of(const std::string& run_id);

}  // namespace muster::coordinator
