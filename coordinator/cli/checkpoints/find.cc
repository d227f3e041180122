#include "coordinator/cli/checkpoints/find.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "common/checkpoint/manifest.h"
#include "common/error.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli::checkpoints {
namespace {

namespace fs = std::filesystem;

std::chrono::system_clock::time_point written_at(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return {};
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::file_clock::to_sys(time));
}

std::uint64_t bytes_in(const fs::path& path) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const auto size = entry->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

/// 120 of "digits-0007:120".
std::optional<std::int64_t> step_behind(const std::string& text, std::size_t colon) {
  std::int64_t step = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + colon + 1, last, step);
  return error == std::errc() && end == last && step >= 0 ? std::optional(step) : std::nullopt;
}

fs::path newest_whole(const fs::path& folder) {
  std::vector<std::string> damaged;
  const auto newest = checkpoint::newest_valid(
      folder, [&](const checkpoint::StoredCheckpoint& one, const auto& damages) {
        damaged.push_back(concat(one.path.string(), ": ", checkpoint::in_words(damages)));
      });
  if (newest) return newest->path;
  if (damaged.empty()) {
    throw UsageError(concat(folder.string(), ": there is no checkpoint yet"),
                     "checkpoint.interval says when one is written");
  }
  throw Error(ErrorCode::corrupt, concat("no checkpoint is whole:\n  ", join(damaged, "\n  ")));
}

Seen look_at(const fs::path& path, Look look) {
  Seen seen{.path = path.string(),
            .step = run::step_of_checkpoint_name(path.filename().string()),
            .bytes = bytes_in(path),
            .written = written_at(path / checkpoint::kManifestFile),
            .state = {},
            .damages = look == Look::through ? checkpoint::verify(path)
                                             : checkpoint::verify_all_but_tensors(path)};
  try {
    seen.state = checkpoint::read_state(path);
  } catch (const Error&) {
    seen.state.reset();  // That is among the damages already.
  }
  return seen;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::status(path, ignored).type() != fs::file_type::not_found;
}

/// The folder of a checkpoint that is called `text`; empty when it is not that.
fs::path folder_of_one(const std::string& text) {
  const fs::path folder = fs::absolute(text).lexically_normal();
  const fs::path path = folder.has_filename() ? folder : folder.parent_path();
  std::error_code ignored;
  const bool is_checkpoint = run::step_of_checkpoint_name(path.filename().string()).has_value() ||
                             fs::exists(path / checkpoint::kManifestFile, ignored);
  const bool is_one = !text.empty() && is_checkpoint && fs::is_directory(path, ignored);
  return is_one ? path : fs::path();
}

/// `path`, if it is whole.
fs::path required_whole(const fs::path& path) {
  const auto damages = checkpoint::verify(path);
  if (damages.empty()) return path;
  throw Error(ErrorCode::corrupt, concat(path.string(), ": ", checkpoint::in_words(damages)));
}

}  // namespace

std::vector<Seen> of_run(const std::string& text, Look look) {
  const run::RunDirectory run = look::find_run(text, run::run_root({}));
  std::vector<Seen> found;
  for (const auto& one : checkpoint::list(run.checkpoints())) {
    Seen seen = look_at(one.path, look);
    if (is_there(one.path)) found.push_back(std::move(seen));
  }
  return found;
}

std::vector<Seen> of_run_or_folder(const std::string& text, Look look) {
  const fs::path path = folder_of_one(text);
  if (!path.empty()) return {look_at(path, look)};
  return of_run(text, look);
}

fs::path whole_one(const std::string& text) {
  if (const fs::path path = folder_of_one(text); !path.empty()) return required_whole(path);
  const std::size_t colon = text.rfind(':');
  const auto step = colon == std::string::npos ? std::nullopt : step_behind(text, colon);
  const run::RunDirectory run =
      look::find_run(step ? text.substr(0, colon) : text, run::run_root({}));
  if (!step) return newest_whole(run.checkpoints());
  const fs::path path = run.checkpoint(*step);
  std::vector<std::string> steps;
  for (const auto& one : checkpoint::list(run.checkpoints())) {
    if (one.step != *step) {
      steps.push_back(std::to_string(one.step));
      continue;
    }
    return required_whole(path);
  }
  throw UsageError(concat(run.name(), " has no checkpoint of step ", *step),
                   steps.empty() ? "it has none" : concat("it has ", join(steps, ", ")));
}

}  // namespace muster::coordinator::cli::checkpoints
