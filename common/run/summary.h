// summary.json: how a run ended. Written once, at the end, also after a failure. Field by field:
// docs/run-directory.md.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/wire/messages.h"

namespace muster::run {

enum class Status { completed, failed, stopped, preempted };

std::string_view to_string(Status status);
/// Throws Error{corrupt} when it names none.
Status status_from(std::string_view text);

struct WorkerSeconds {
  double used = 0;  // Stepping.
  double idle = 0;  // Started, but not stepping.
  double lost = 0;  // In steps that were done again.
};

struct Summary {
  std::string run;  // "digits-0007"
  std::string run_id;
  Status status = Status::completed;
  std::string failure_reason;  // Why it failed, or was killed; may be empty otherwise.
  std::int64_t steps = 0;
  double epochs = 0;
  std::int64_t samples_seen = 0;
  std::int64_t records_skipped = 0;    // Bad records left out of the data.
  std::map<std::string, double> eval;  // Metric -> value of the last evaluation.
  std::string model_sha256;            // Of the final model.safetensors; empty when there is none.
  int workers = 0;
  int generations = 1;
  int restarts = 0;
  std::int64_t steps_redone = 0;
  double redo_seconds = 0;
  std::vector<double> recovery_seconds;
  double wall_seconds = 0;        // From the start of the run.
  double samples_per_second = 0;  // Over the training, without start and end.
  WorkerSeconds worker_seconds;
  double snapshot_share = 0;    // Of the last generation's training time: copying snapshots,
  double checkpoint_share = 0;  // waiting for checkpoints.
  std::vector<std::int64_t> checkpoints;          // Steps, ascending.
  std::vector<std::int64_t> checkpoint_failures;  // Steps whose checkpoint could not be written.
  std::int64_t coordinator = 0;  // The number of the one that ended the run; 0: none led it.
  int exit_status = 0;           // Of `muster run`. Valid with a coordinator.
};

/// Sets samples_per_second and the shares from what the last generation says of itself.
void add_rates(Summary& summary, const wire::Finished& finished);

void to_json(nlohmann::json& json, const Summary& summary);
void from_json(const nlohmann::json& json, Summary& summary);

/// Atomic. Throws Error{storage}.
void write_summary(const std::string& path, const Summary& summary);
Summary read_summary(const std::string& path);

}  // namespace muster::run
