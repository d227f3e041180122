// Faults at a chosen call to the file system. A test program that links file_faults.cc has its own
// versions of the calls that change files (open for writing, write, fsync, mkdir, rename, unlink,
// ...), which count and then call the C library's; the C++ library's file functions go through
// them.
//
// Armed in a child of the test (fork), because the usual fault ends the process.
#pragma once

namespace muster {

/// Which calls are counted.
enum class FileCalls {
  changing,  // All that change files.
  fsync,     // And fdatasync(2), and sync_file_range(2), where it waits.
  naming,    // rename(2), renameat2(2), link(2).
  lookup,    // stat(2), lstat(2), and open(2) to read.
  reading,   // read(2), pread(2).
};

struct FileFault {
  int at_call = 0;  // From 1, counted since it was armed; 0: never.
  FileCalls only = FileCalls::changing;
  int error_number = 0;  // What the call fails with, and does nothing. 0: SIGKILL before it.
  bool stays = false;    // Every later call fails too.
  bool is_done = false;  // A naming call fails, but is done: on NFS an answer was lost.
  bool no_exclusive_rename = false;  // renameat2(2) is refused each time, as on NFS.
};

/// Starts to count, the calls of all threads. No other thread is in such a call now.
void arm(const FileFault& fault);

/// Calls counted since arm(); counts no more.
int disarm();

}  // namespace muster
