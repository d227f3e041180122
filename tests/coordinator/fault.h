// What goes wrong in one generation of a simulated run.
#pragma once

namespace muster::coordinator {

enum class Fault {
  none,
  killed,            // A worker dies of SIGKILL; mpirun ends the others and says so.
  killed_unnoticed,  // The same, but mpirun notices nothing.
  node_lost,         // Several neighbours die at once; mpirun reports one of them.
  said_corrupt,      // A worker ends with an error of its own that will come again.
  said_storage,      // A worker ends with an error of its own that may pass.
  launcher_killed,   // mpirun dies, and all workers with it.
  launch_fails,
  never_connects,  // One worker hangs before it connects.
  wrong_world,     // Every worker believes to be alone.
  hangs_at_end,    // mpirun does not end after the training.
  ignores_stop,    // Nobody listens to Stop.
  network_shakes,  // For more than a second some connection is always broken, another each time.
  survives_kill,   // A worker dies, and mpirun cannot be killed.
  stopped,         // A worker is stopped: it says nothing any more, and the others wait for it.
  stuck,           // A worker does nothing any more, but its heartbeats come.
};
inline constexpr int kFaults = 16;

/// Of the process of a rank, in a simulated world.
inline int pid_of(int rank) { return 1000 + rank; }

}  // namespace muster::coordinator
