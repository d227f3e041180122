// The folder of a run: its name, its files, who may write them. What is in it:
// docs/run-directory.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/experiment.h"

namespace muster::run {

/// Names of the files of a run directory.
class RunDirectory {
 public:
  /// An existing folder; not checked.
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.filename().string(); }

  std::filesystem::path experiment() const { return path_ / "experiment.yaml"; }
  std::filesystem::path plan() const { return path_ / "plan.json"; }
  std::filesystem::path journal() const { return path_ / "journal"; }
  /// journal/3.jsonl and journal/3.ledger.json, of coordinator number 3.
  std::filesystem::path journal_of(std::int64_t coordinator) const;
  std::filesystem::path ledger_of(std::int64_t coordinator) const;
  std::filesystem::path coordinator() const { return path_ / "coordinator.json"; }
  std::filesystem::path secret() const { return path_ / "secret"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path log() const { return path_ / "log"; }
  std::filesystem::path coordinator_log() const { return log() / "coordinator.log"; }
  std::filesystem::path worker_log(int rank, std::int64_t generation) const;
  std::filesystem::path launcher_log(std::int64_t generation) const;
  /// The largest generation that has a launcher's log; 0 when there is none. Throws Error{storage}.
  std::int64_t newest_launcher_log() const;
  std::filesystem::path flight() const { return path_ / "flight"; }
  /// flight/rank-0.1.flight
  std::filesystem::path flight_record(int rank, std::int64_t generation) const;
  std::filesystem::path samples() const { return path_ / "samples"; }
  /// samples/rank-0.1.jsonl
  std::filesystem::path sample_ledger(int rank, std::int64_t generation) const;
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  /// checkpoints/step-000120
  std::filesystem::path checkpoint(std::int64_t step) const;
  std::filesystem::path summary() const { return path_ / "summary.json"; }

 private:
  std::filesystem::path path_;
};

/// The name of a checkpoint's folder: "step-000120".
std::string checkpoint_name(std::int64_t step);
/// The step of a folder of that name; nothing for any other name.
std::optional<std::int64_t> step_of_checkpoint_name(std::string_view name);

/// True for what --name may be: letters, digits, '.', '_' and '-', 64 at most, the first a letter
/// or digit; the rule of the experiment's key `name`.
bool is_run_name(std::string_view name);

/// Where runs go: experiment.output.dir, else $MUSTER_RUNS, else ./runs; absolute.
std::filesystem::path run_root(const config::Experiment& experiment);

struct CreateOptions {
  std::filesystem::path root;  // Made when missing.
  std::string name;            // "digits": the run becomes digits-0001, -0002, ...
  std::optional<std::filesystem::path> exactly;  // --run-dir: this folder, which must not exist.
};

/// Makes a new run directory with its sub-folders. Two at the same time get different names. Throws
/// Error{storage} when it cannot be made, Error{invalid} when `exactly` exists.
RunDirectory create_run_directory(const CreateOptions& options);

}  // namespace muster::run
