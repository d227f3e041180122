#include "coordinator/launch/descendants.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace muster::coordinator {
namespace {

constexpr auto kReapPatience = std::chrono::seconds(5);

/// SIGKILL to every child, from the list that the kernel keeps.
void kill_children() {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/children", ::getpid());
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(file, buffer.data(), buffer.size());
  ::close(file);
  const char* at = buffer.data();
  // A number that the buffer cuts is left for the next call.
  const char* const end =
      at + std::string_view(at, count > 0 ? static_cast<std::size_t>(count) : 0).find_last_of(' ') +
      1;
  while (at < end) {
    pid_t child = 0;
    const auto parsed = std::from_chars(at, end, child);
    if (parsed.ec != std::errc{}) return;
    ::kill(child, SIGKILL);
    at = parsed.ptr + 1;
  }
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool any_child_lives() {
  pid_t ended;
  while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
  }
  return ended == 0;
}

/// Every descendant becomes a child here when its parent dies, so killing and reaping children
/// until there are none ends them all.
void end_descendants(const SignalSet& signals) {
  const Deadline deadline = Deadline::after(kReapPatience);
  while (any_child_lives() && !deadline.has_passed()) {
    kill_children();
    signals.wait(std::chrono::milliseconds(10));
  }
}

}  // namespace muster::coordinator
