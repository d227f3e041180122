#include "coordinator/cli/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "common/error.h"
#include "common/text.h"

extern char** environ;

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kLargestOutput = std::size_t{64} << 20;

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw Error(ErrorCode::unavailable, concat("cannot make a pipe: ", errno_text(errno)));
    }
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_write_end() { close_end(1); }
  void close_read_end() { close_end(0); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) {
      ::close(ends_[end]);
      ends_[end] = -1;
    }
  }

  std::array<int, 2> ends_ = {-1, -1};
};

/// A started program; killed and reaped when it is given up.
class Child {
 public:
  Child(const std::vector<std::string>& arguments, const Pipe& out, const Pipe& err) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out.write_end(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err.write_end(), STDERR_FILENO);
    const int error = ::posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
      pid_ = -1;
      throw Error(ErrorCode::unavailable,
                  concat("cannot start ", arguments[0], ": ", errno_text(error)));
    }
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The end of a program that has closed its output, which is near; false when it is not there
  /// yet.
  bool has_ended(int& status) {
    int wait_status = 0;
    if (::waitpid(pid_, &wait_status, WNOHANG) != pid_) {
      return false;
    }
    pid_ = -1;
    status = WIFSIGNALED(wait_status) ? exit_code::kSignal + WTERMSIG(wait_status)
                                      : WEXITSTATUS(wait_status);
    return true;
  }

 private:
  pid_t pid_ = -1;
};

/// Appends what has arrived. False at the end of the stream.
bool read_more(int file, std::string& text) {
  std::array<char, 65536> piece;
  const ssize_t count = ::read(file, piece.data(), piece.size());
  if (count > 0) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

void check(const Deadline& deadline, const std::string& program) {
  if (deadline.has_passed()) {
    throw Error(ErrorCode::timeout, concat(program, " did not answer in time"));
  }
}

int milliseconds_left(const Deadline& deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline.left());
  return static_cast<int>(std::min<milliseconds>(left, std::chrono::minutes(1)).count());
}

}  // namespace

ProgramOutput run_program_and_wait(const std::vector<std::string>& arguments,
                                   const Deadline& deadline) {
  Pipe out;
  Pipe err;
  Child child(arguments, out, err);
  out.close_write_end();
  err.close_write_end();

  ProgramOutput result;
  while (out.read_end() >= 0 || err.read_end() >= 0) {
    check(deadline, arguments[0]);
    // poll(2) ignores entries whose file is negative.
    std::array<pollfd, 2> entries = {pollfd{out.read_end(), POLLIN, 0},
                                     pollfd{err.read_end(), POLLIN, 0}};
    ::poll(entries.data(), entries.size(), milliseconds_left(deadline));
    if (entries[0].revents != 0 && !read_more(out.read_end(), result.out)) {
      out.close_read_end();
    }
    if (entries[1].revents != 0 && !read_more(err.read_end(), result.err)) {
      err.close_read_end();
    }
    if (result.out.size() + result.err.size() > kLargestOutput) {
      throw Error(ErrorCode::unsupported, concat(arguments[0], " printed more than 64 MiB"));
    }
  }
  while (!child.has_ended(result.status)) {
    check(deadline, arguments[0]);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return result;
}

}  // namespace muster::coordinator::cli
