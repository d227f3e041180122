#include "common/checkpoint/store.h"

#include <algorithm>
#include <set>
#include <span>
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

/// What is wrong with the size of a file that the manifest describes; empty when nothing is.
std::string damage_of_size(const fs::path& file, const FileEntry& entry) {
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
  return {};
}

/// The same of all of it.
std::string damage_of(const fs::path& file, const FileEntry& entry,
                      const std::function<void()>& progressed) {
  if (std::string damage = damage_of_size(file, entry); !damage.empty()) return damage;
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

std::vector<Damage> find_damages(const fs::path& path, bool reads_tensors,
                                 const std::function<void()>& progressed) {
  std::vector<Damage> found;
  Manifest manifest;
  check_readable(path, kManifestFile, found,
                 [&](const std::string& text) { manifest = parse_manifest(text); });
  for (const auto& [name, entry] : manifest) {
    const std::string damage = reads_tensors || name == kStateFile
                                   ? damage_of(path / name, entry, progressed)
                                   : damage_of_size(path / name, entry);
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
  return with_patience([&] { return find_damages(path, true, progressed); });
}

std::vector<Damage> verify_all_but_tensors(const fs::path& path) {
  return with_patience([&] { return find_damages(path, false, {}); });
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

SmallFiles read_small_files(const fs::path& path) {
  SmallFiles files{.manifest = parse_manifest(read_small_file(path / kManifestFile)), .state = {}};
  const std::string text = read_small_file(path / kStateFile);
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(text)));
  const FileEntry found{.bytes = text.size(), .xxh3 = hash.hex()};
  if (found != files.manifest.at(kStateFile)) {
    throw Error(ErrorCode::corrupt, concat((path / kStateFile).string(), ": is damaged"));
  }
  files.state = parse_state(text);
  const auto named = run::step_of_checkpoint_name(path.filename().string());
  if (named && *named != files.state.step) {
    throw Error(ErrorCode::corrupt,
                concat((path / kStateFile).string(), ": is the state of step ", files.state.step));
  }
  return files;
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

std::optional<std::int64_t> best_step(const fs::path& folder, const std::string& metric,
                                      std::set<std::int64_t>& whole) {
  struct Candidate {
    StoredCheckpoint checkpoint;
    double value = 0;
  };
  std::vector<Candidate> candidates;
  for (StoredCheckpoint& checkpoint : list(folder)) {
    try {
      const CheckpointState state = read_small_files(checkpoint.path).state;
      const auto value = state.eval.find(metric);
      if (!state.is_evaluated() || value == state.eval.end()) continue;
      candidates.push_back({std::move(checkpoint), value->second});
    } catch (const Error& error) {
      if (error.code() == ErrorCode::storage) throw;
    }
  }
  std::ranges::stable_sort(candidates, [&metric](const Candidate& a, const Candidate& b) {
    return run::is_better(metric, a.value, b.value);
  });
  for (const auto& [checkpoint, value] : candidates) {
    if (!whole.contains(checkpoint.step) && !verify(checkpoint.path).empty()) continue;
    whole.insert(checkpoint.step);
    return checkpoint.step;
  }
  return std::nullopt;
}

Retained retain(const fs::path& folder, const Retention& retention, std::set<std::int64_t>& whole) {
  Retained result;
  for (const std::string& name : names_in(folder)) {
    if (name.starts_with(kRemovePrefix)) remove_folder(folder / name, result.problems);
  }
  if (!retention.keep) return result;
  MUSTER_ASSERT(*retention.keep >= 1, "the newest checkpoint is kept");
  std::vector<StoredCheckpoint> checkpoints = list(folder);
  const auto keep = static_cast<std::size_t>(*retention.keep);
  if (checkpoints.size() <= keep) return result;
  const auto is_known = [&whole](const StoredCheckpoint& one) { return whole.contains(one.step); };
  auto newest = std::ranges::find_if(checkpoints.rbegin(), checkpoints.rend(), is_known);
  std::set<std::int64_t> kept;
  if (newest != checkpoints.rend()) {
    kept.insert(newest->step);
  } else if (const auto found = newest_valid(folder, {})) {
    kept.insert(found->step);
  } else {
    return result;  // There is no whole one: everything that is left may be needed.
  }
  if (retention.best) {
    if (const auto best = best_step(folder, *retention.best, whole)) kept.insert(*best);
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
