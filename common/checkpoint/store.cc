#include "common/checkpoint/store.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

#include "common/atomic_file.h"
#include "common/checkpoint/attempts.h"
#include "common/checkpoint/manifest.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/run/best_metric.h"
#include "common/run/run_directory.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRemovePrefix = ".tmp-remove-";

/// Names of what is in `folder`; none when it does not exist.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorCode::storage, concat(folder.string(), ": cannot list: ", error.message()));
  }
  return names;
}

/// What is wrong with a file that the manifest describes; empty when nothing is.
std::string damage_of(const fs::path& file, const FileEntry& entry,
                      const std::function<void()>& progressed) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error && code_of_read_error(error.value()) == ErrorCode::storage) {
    throw Error(ErrorCode::storage,
                concat(file.string(), ": cannot be looked at: ", error.message()));
  }
  if (error) return concat("cannot be read: ", error.message());
  if (bytes != entry.bytes) {
    return concat("has ", bytes, " bytes, not the ", entry.bytes, " that ", kManifestFile, " says");
  }
  try {
    if (xxh3_of_file(file.string(), progressed) == entry.xxh3) return {};
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::storage) throw;
    return failure.what();
  }
  return concat("is damaged: it is not the file that ", kManifestFile, " describes");
}

/// Calls `read` on a small file of the checkpoint and notes what it throws.
template <class Read>
void check_readable(const fs::path& path, const char* file, std::vector<Damage>& found,
                    const Read& read) {
  try {
    read(read_small_file(path / file));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::storage) throw;
    found.push_back({file, error.what()});
  }
}

/// On NFS a file that somebody has open stays behind under another name, and the folder with it.
void remove_folder(const fs::path& path, std::vector<std::string>& problems) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) problems.push_back(concat(path.string(), ": cannot remove: ", error.message()));
}

std::vector<Damage> find_damages(const fs::path& path, const std::function<void()>& progressed) {
  std::vector<Damage> found;
  Manifest manifest;
  check_readable(path, kManifestFile, found,
                 [&](const std::string& text) { manifest = parse_manifest(text); });
  for (const auto& [name, entry] : manifest) {
    const std::string damage = damage_of(path / name, entry, progressed);
    if (!damage.empty()) found.push_back({name, damage});
  }
  if (!found.empty()) return found;
  check_readable(path, kStateFile, found, [&](const std::string& text) {
    const std::int64_t step = parse_state(text).step;
    const auto named = run::step_of_checkpoint_name(path.filename().string());
    if (named && *named != step) {
      throw Error(ErrorCode::corrupt, concat("is the state of step ", step));
    }
  });
  return found;
}

}  // namespace

std::string in_words(const std::vector<Damage>& damages) {
  std::vector<std::string> texts;
  for (const Damage& damage : damages) texts.push_back(concat(damage.file, " ", damage.what));
  return join(texts, "; ");
}

std::vector<StoredCheckpoint> list(const fs::path& folder) {
  std::vector<StoredCheckpoint> found;
  for (const std::string& name : names_in(folder)) {
    if (const auto step = run::step_of_checkpoint_name(name)) {
      found.push_back({*step, folder / name});
    }
  }
  std::ranges::sort(found, {}, &StoredCheckpoint::step);
  return found;
}

std::vector<Damage> verify(const fs::path& path, const std::function<void()>& progressed) {
  return with_patience([&] { return find_damages(path, progressed); });
}

std::optional<StoredCheckpoint> newest_valid(const fs::path& folder, const OnDamaged& on_damaged) {
  return first_whole(folder, on_damaged, [](const StoredCheckpoint& checkpoint) {
    std::vector<Damage> damages = verify(checkpoint.path);
    using Result = std::variant<StoredCheckpoint, std::vector<Damage>>;
    return damages.empty() ? Result(checkpoint) : Result(std::move(damages));
  });
}

std::string read_small_file(const fs::path& file) {
  try {
    return read_file(file);
  } catch (const Error& error) {
    std::error_code ignored;
    const fs::file_type type = fs::status(file, ignored).type();
    const bool may_be_good = type == fs::file_type::regular || type == fs::file_type::none;
    throw Error(may_be_good ? ErrorCode::storage : ErrorCode::corrupt, error.what(), error.hint());
  }
}

CheckpointState read_state(const fs::path& path) {
  const fs::path file = path / kStateFile;
  const std::string text = read_small_file(file);
  try {
    return parse_state(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::corrupt, concat(file.string(), ": ", error.what()), error.hint());
  }
}

OpenCheckpoint open_checkpoint(const fs::path& path) {
  OpenCheckpoint checkpoint{path, read_state(path), SafetensorsFile(path / kModelFile), {}};
  std::error_code error;
  if (fs::exists(path / kOptimizerFile, error) || error) {
    checkpoint.optimizer.emplace(path / kOptimizerFile);
  }
  return checkpoint;
}

std::optional<std::int64_t> best_step(const fs::path& folder, const std::string& metric) {
  std::optional<std::int64_t> best;
  double best_value = 0;
  for (const StoredCheckpoint& checkpoint : list(folder)) {
    try {
      const CheckpointState state = read_state(checkpoint.path);
      const auto value = state.eval.find(metric);
      if (value == state.eval.end()) continue;
      if (!best || run::is_better(metric, value->second, best_value)) {
        best = checkpoint.step;
        best_value = value->second;
      }
    } catch (const Error&) {
      continue;  // Nothing is known of it; it is not removed for that, but not kept either.
    }
  }
  return best;
}

Retained retain(const fs::path& folder, const Retention& retention) {
  Retained result;
  for (const std::string& name : names_in(folder)) {
    if (name.starts_with(kRemovePrefix)) remove_folder(folder / name, result.problems);
  }
  if (!retention.keep) return result;
  MUSTER_ASSERT(*retention.keep >= 1, "the newest checkpoint is kept");
  std::vector<StoredCheckpoint> checkpoints = list(folder);
  const auto keep = static_cast<std::size_t>(*retention.keep);
  if (checkpoints.size() <= keep) return result;
  std::set<std::int64_t> kept;
  if (retention.best) kept.insert(*retention.best);
  if (retention.published) {
    kept.insert(*retention.published);
  } else if (const auto newest = newest_valid(folder, {})) {
    kept.insert(newest->step);
  } else {
    return result;  // There is no whole one: everything that is left may be needed.
  }
  checkpoints.resize(checkpoints.size() - keep);
  for (const StoredCheckpoint& checkpoint : checkpoints) {
    if (kept.contains(checkpoint.step)) continue;
    const fs::path doomed = folder / concat(kRemovePrefix, checkpoint.path.filename().string());
    try {
      if (!rename_exclusive(checkpoint.path, doomed)) continue;  // Another process is at it.
    } catch (const Error& error) {
      result.problems.emplace_back(error.what());
      continue;
    }
    result.removed.push_back(checkpoint.step);
    remove_folder(doomed, result.problems);
  }
  return result;
}

}  // namespace muster::checkpoint
