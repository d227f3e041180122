#include "coordinator/launch/process_table.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <thread>

#include "common/text.h"
#include "coordinator/launch/process.h"

namespace muster::coordinator {
namespace {

/// A file of /proc; empty when the process is gone or somebody else's.
std::string read_proc(pid_t id, const char* name) {
  std::ifstream file(concat("/proc/", id, "/", name), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

bool has_variable(pid_t id, const WorldMark& mark) {
  const std::string environment = '\0' + read_proc(id, "environ");
  const auto found = environment.find('\0' + mark.variable);
  if (found == std::string::npos) return false;
  auto end = found + 1 + mark.variable.size();
  if (mark.is_of_all) end = environment.find_first_not_of("0123456789", end);
  return end < environment.size() && environment[end] == '\0';
}

/// Through a pidfd opened before the second look: the number cannot change hands in between.
void kill_exactly(const ProcessEntry& entry) {
  const FileDescriptor pidfd = open_pidfd(entry.id);
  if (!pidfd.is_open()) return;
  const auto now = look_up(entry.id);
  if (now && now->start_time == entry.start_time) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  }
}

}  // namespace

std::optional<ProcessEntry> look_up(pid_t id) {
  ProcessEntry entry;
  if (!parse_process_stat(read_proc(id, "stat"), entry)) return std::nullopt;
  return entry;
}

bool parse_process_stat(const std::string& text, ProcessEntry& entry) {
  // "4711 (name, which may hold anything) S parent group session ..."; start time is field 22.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream fields(text.substr(name_end + 1));
  char state = 0;
  pid_t group = 0;
  if (!(fields >> state >> entry.parent >> group >> entry.session)) return false;
  std::string skipped;
  constexpr int kFieldsBeforeStartTime = 15;
  for (int i = 0; i < kFieldsBeforeStartTime; ++i) fields >> skipped;
  if (!(fields >> entry.start_time)) return false;
  entry.has_ended = state == 'Z' || state == 'X';
  const auto id = std::from_chars(text.data(), text.data() + text.size(), entry.id);
  return id.ec == std::errc{};
}

std::vector<ProcessEntry> running_processes() {
  std::vector<ProcessEntry> entries;
  std::error_code error;
  for (auto folder = std::filesystem::directory_iterator("/proc", error);
       !error && folder != std::filesystem::directory_iterator(); folder.increment(error)) {
    const std::string name = folder->path().filename();
    pid_t id = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    struct stat status {};
    if (::stat(folder->path().c_str(), &status) != 0 || status.st_uid != ::geteuid()) continue;
    const auto entry = look_up(id);
    if (entry && !entry->has_ended) entries.push_back(*entry);
  }
  return entries;
}

std::vector<ProcessEntry> processes_of(const WorldMark& mark) {
  const auto all = running_processes();
  std::vector<ProcessEntry> members;
  std::set<pid_t> known;
  const auto add = [&](const ProcessEntry& entry) {
    if (entry.id != ::getpid() && known.insert(entry.id).second) members.push_back(entry);
  };
  for (const auto& entry : all) {
    if (entry.session == mark.session || has_variable(entry.id, mark)) add(entry);
  }
  for (std::size_t next = 0; next < members.size(); ++next) {
    const pid_t parent = members[next].id;
    for (const auto& entry : all) {
      if (entry.parent == parent) add(entry);
    }
  }
  return members;
}

std::size_t kill_processes_of(const WorldMark& mark, const Deadline& deadline) {
  for (;;) {
    const auto members = processes_of(mark);
    for (const auto& entry : members) kill_exactly(entry);
    if (members.empty() || deadline.has_passed()) return members.size();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace muster::coordinator
