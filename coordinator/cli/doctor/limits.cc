#include "coordinator/cli/doctor/limits.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/text.h"

namespace muster::coordinator::cli::doctor {
namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;  // Version 1 writes a number near 2^63.

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

template <class Number>
std::optional<Number> parse_number(const std::string& text) {
  std::istringstream stream(text);
  Number number{};
  return stream >> number ? std::optional(number) : std::nullopt;
}

template <class Number>
void take_least(std::optional<Number>& least, std::optional<Number> value) {
  if (value && (!least || *value < *least)) least = value;
}

}  // namespace

std::optional<double> parse_cpu_max(const std::string& text) {
  std::istringstream stream(text);
  double quota = 0;
  double period = 0;
  if (!(stream >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::vector<std::string> control_folders(const std::string& membership,
                                         const std::string& controller) {
  std::vector<std::string> folders;
  for (const std::string& line : split(membership, '\n')) {
    const std::vector<std::string> parts = split(line, ':');
    if (parts.size() < 3) continue;
    const std::vector<std::string> controllers = split(parts[1], ',');
    const bool is_second_version = parts[1].empty();
    const bool has_it =
        std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
    if (!is_second_version && !has_it) continue;
    const std::string root = is_second_version ? kRoot : concat(kRoot, "/", parts[1]);
    for (std::filesystem::path group = parts[2]; group.has_relative_path();
         group = group.parent_path()) {
      folders.push_back(root + group.string());
    }
    folders.push_back(root);
  }
  return folders;
}

std::optional<double> cpu_quota() {
  std::optional<double> least;
  for (const std::string& folder : control_folders(read_text("/proc/self/cgroup"), "cpu")) {
    take_least(least, parse_cpu_max(read_text(folder + "/cpu.max")));
    take_least(least, parse_cpu_max(concat(read_text(folder + "/cpu.cfs_quota_us"), " ",
                                           read_text(folder + "/cpu.cfs_period_us"))));
  }
  return least;
}

std::optional<std::int64_t> memory_limit() {
  std::optional<std::int64_t> least;
  for (const std::string& folder : control_folders(read_text("/proc/self/cgroup"), "memory")) {
    for (const char* name : {"/memory.max", "/memory.limit_in_bytes"}) {
      take_least(least, parse_number<std::int64_t>(read_text(folder + name)));
    }
  }
  return least && *least < kUnlimited ? least : std::nullopt;
}

}  // namespace muster::coordinator::cli::doctor
