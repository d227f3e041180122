#include "coordinator/launch/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/text.h"
#include "coordinator/launch/process_table.h"

namespace muster::coordinator {
namespace {

/// argv or envp: pointers into `texts`, ended by null.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// This process's environment with what `command` adds.
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (!command.environment.contains(text.substr(0, text.find('=')))) environment.push_back(text);
  }
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  return environment;
}

struct Child {
  char* const* arguments;
  char* const* environment;
  int output;
  int error_pipe;
};

/// Between fork and exec: only calls that are safe there. Does not return.
[[noreturn]] void become(const Child& child) {
  const auto give_up = [&](int error_number) {
    [[maybe_unused]] const auto written =
        ::write(child.error_pipe, &error_number, sizeof error_number);
    ::_exit(127);
  };
  ::setsid();
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input < 0 || ::dup2(input, STDIN_FILENO) < 0 || ::dup2(child.output, STDOUT_FILENO) < 0 ||
      ::dup2(child.output, STDERR_FILENO) < 0) {
    give_up(errno);
  }
  // Sockets of libraries are not all close-on-exec; where the kernel cannot mark a range, one by
  // one.
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    for (int number = 3; number < 1024; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  ::execvpe(child.arguments[0], child.arguments, child.environment);
  give_up(errno);
  ::_exit(127);
}

ProcessEnd end_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? ProcessEnd{.exit_code = info.si_status, .signal = 0}
                                    : ProcessEnd{.exit_code = 0, .signal = info.si_status};
}

}  // namespace

FileDescriptor open_pidfd(pid_t id) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
}

Process Process::start(const Command& command, const std::filesystem::path& output) {
  auto words = command.arguments;
  auto environment = environment_of(command);
  const auto arguments = pointers_to(words);
  const auto variables = pointers_to(environment);

  const FileDescriptor log(::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.is_open()) {
    throw Error(ErrorCode::storage, concat(output.string(), ": ", errno_text(errno)));
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(ErrorCode::unavailable, errno_text(errno));
  const FileDescriptor error_pipe(ends[0]);
  FileDescriptor childs_end(ends[1]);

  const Child child{.arguments = arguments.data(),
                    .environment = variables.data(),
                    .output = log.get(),
                    .error_pipe = childs_end.get()};
  const pid_t id = ::fork();
  if (id < 0) {
    throw Error(ErrorCode::unavailable, concat("cannot start ", words[0], ": ", errno_text(errno)));
  }
  if (id == 0) become(child);
  // Ours until it is waited for: the number cannot be another process's yet.
  Process process(id, open_pidfd(id));

  childs_end = FileDescriptor();
  int error_number = 0;
  ssize_t count;
  do {  // Ends when the child executes, or dies: bounded by the speed of exec.
    count = ::read(error_pipe.get(), &error_number, sizeof error_number);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    ::waitpid(id, nullptr, 0);
    throw Error(ErrorCode::unavailable,
                concat("cannot execute ", words[0], ": ", errno_text(error_number)));
  }
  if (!process.pidfd_.is_open()) {
    ::kill(id, SIGKILL);
    ::waitpid(id, nullptr, 0);
    throw Error(ErrorCode::unsupported, "this kernel has no pidfd_open", "Linux 5.3 or newer");
  }
  return process;
}

std::optional<Process> Process::adopt(pid_t id, std::uint64_t start_time) {
  Process process(id, open_pidfd(id));
  process.is_adopted_ = true;
  if (!process.pidfd_.is_open()) return std::nullopt;
  const auto entry = look_up(id);  // After the pidfd: the number cannot change hands any more.
  if (!entry || entry->start_time != start_time || entry->has_ended) return std::nullopt;
  return process;
}

bool Process::has_ended() const {
  pollfd poll_for{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&poll_for, 1, 0) <= 0) return false;
  if (is_adopted_) return true;
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid != 0;
}

ProcessEnd Process::wait(const Deadline& deadline) {
  using std::chrono::milliseconds;
  pollfd poll_for{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  int ready;
  do {
    const auto left = std::chrono::ceil<milliseconds>(deadline.left()).count();
    ready = ::poll(&poll_for, 1, static_cast<int>(std::min<std::int64_t>(left, 1 << 30)));
  } while (ready < 0 && errno == EINTR);
  if (ready > 0 && is_adopted_) return {.is_known = false};
  siginfo_t info{};
  if (ready <= 0 || ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0) {
    throw Error(ErrorCode::timeout, concat("process ", id_, " did not end"));
  }
  return end_of(info);
}

}  // namespace muster::coordinator
