#include "coordinator/cli/look/find_run.h"

#include <sys/stat.h>

#include <algorithm>

#include "common/error.h"
#include "common/text.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli::look {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSuggestions = 3;

std::vector<std::string> names_of(const std::vector<run::RunDirectory>& runs) {
  std::vector<std::string> names;
  for (const run::RunDirectory& run : runs) names.push_back(run.name());
  return names;
}

bool is_run(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(run::RunDirectory(folder).plan(), error);
}

/// Absolute, and without a slash at its end, which would leave the run without a name.
fs::path cleaned(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

[[noreturn]] void refuse(const std::string& text, const fs::path& root) {
  const std::vector<std::string> names = names_of(runs_in(root));
  const std::vector<std::string> near = near_names(text, names);
  const std::string hint = !near.empty() ? concat("did you mean ", join(near, " or "), "?")
                           : names.empty()
                               ? std::string("there are no runs in it")
                               : std::string("'muster list' shows those that there are");
  throw UsageError(concat("there is no run '", text, "' in ", path_from_here(root.string())), hint);
}

}  // namespace

std::chrono::system_clock::time_point start_of(const run::RunDirectory& run) {
  struct stat status {};
  if (::stat(run.plan().c_str(), &status) != 0) return {};
  return std::chrono::system_clock::time_point(
      std::chrono::seconds(status.st_mtim.tv_sec) +
      std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

std::vector<run::RunDirectory> runs_in(const fs::path& root) {
  std::vector<run::RunDirectory> runs;
  std::error_code error;
  if (!fs::exists(root, error)) return runs;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_run(entry->path())) runs.emplace_back(entry->path());
  }
  if (error) {
    throw Error(ErrorCode::storage, concat(root.string(), ": cannot list: ", error.message()));
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
    return std::pair(start_of(a), a.name()) < std::pair(start_of(b), b.name());
  });
  return runs;
}

run::RunDirectory find_run(const std::string& text, const fs::path& root) {
  if (text.empty()) {
    const auto runs = runs_in(root);
    if (!runs.empty()) return runs.back();
    throw UsageError(
        concat("there are no runs in ", path_from_here(root.string()), " yet"),
        "start one with 'muster run EXP.yaml', or name a run's folder; MUSTER_RUNS says "
        "where runs are");
  }
  for (const fs::path& folder : {root / text, fs::path(text)}) {
    if (is_run(folder)) return run::RunDirectory(cleaned(folder));
  }
  std::error_code error;
  if (fs::is_directory(text, error)) {
    throw UsageError(concat(text, " is no run: it has no plan.json"),
                     "a run's folder is made by 'muster run'");
  }
  refuse(text, root);
}

std::vector<std::string> near_names(const std::string& text, std::vector<std::string> names) {
  std::vector<std::string> near;
  // The newest run of an experiment is what is meant by the experiment's name.
  std::reverse(names.begin(), names.end());
  while (near.size() < kMostSuggestions) {
    const std::string nearest = nearest_word(text, names);
    if (nearest.empty()) break;
    near.push_back(nearest);
    std::erase(names, nearest);
  }
  return near;
}

}  // namespace muster::coordinator::cli::look
