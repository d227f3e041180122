// Writing to terminals and pipes without being stopped by them.
//
// The coordinator has one thread, and what it prints goes to whatever a user has attached: a
// terminal stopped with Ctrl-S, a pipe nobody reads, a pipe whose reader has gone. None of these
// may hold up a training, so progress goes through an Outlet, which writes only what is taken at
// once and keeps the rest for later. (Threads and O_NONBLOCK were rejected: the one for its locks
// at fork, the other because the flag belongs to the terminal, not to us, and would stay set for
// the shell.)
#pragma once

#include <string>
#include <string_view>

#include "common/deadline.h"
#include "common/error.h"

namespace muster::coordinator::cli {

/// The reader of a pipe has gone.
class ReaderGone : public Error {
 public:
  using Error::Error;
};

/// Writes all of `text`; blocks until it is taken. Throws Error{storage}, for a reader that has
/// gone ReaderGone (never SIGPIPE).
void write_all(int file, std::string_view text);

/// The same for words that nothing depends on: when they cannot be written, they are lost.
void write_if_possible(int file, std::string_view text) noexcept;

class Outlet {
 public:
  /// `file` stays the caller's.
  explicit Outlet(int file) : file_(file) {}

  /// Queues `text` and writes what is taken at once. When much is queued already (1 MiB: nobody has
  /// read for long), `text` is dropped. After an error everything is dropped.
  void write(std::string_view text);

  /// Goes on with what is queued. True when nothing is left.
  bool flush();

  /// Waits until all is written, until nothing can be written any more, or the deadline.
  void finish(const Deadline& deadline);

  bool is_clear() const { return pending_.empty(); }

 private:
  int file_;
  bool broken_ = false;
  std::string pending_;
};

}  // namespace muster::coordinator::cli
