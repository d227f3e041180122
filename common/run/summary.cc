#include "common/run/summary.h"

#include <array>

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

constexpr std::array kStatuses = {Status::completed, Status::failed, Status::stopped,
                                  Status::preempted};

}  // namespace

Status status_from(std::string_view text) {
  for (const Status status : kStatuses) {
    if (to_string(status) == text) return status;
  }
  throw Error(ErrorCode::corrupt, concat("there is no status '", text, "'"));
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::completed:
      return "completed";
    case Status::failed:
      return "failed";
    case Status::stopped:
      return "stopped";
    case Status::preempted:
      return "preempted";
  }
  assertion_failed("status is a Status", __FILE__, __LINE__, "unknown status");
}

void add_rates(Summary& summary, const wire::Finished& finished) {
  if (finished.training_seconds <= 0) return;
  summary.samples_per_second =
      static_cast<double>(finished.training_samples) / finished.training_seconds;
  summary.snapshot_share = finished.snapshot_seconds / finished.training_seconds;
  summary.checkpoint_share = finished.checkpoint_seconds / finished.training_seconds;
}

void to_json(nlohmann::json& json, const Summary& summary) {
  json = {
      {"schema", kSchema},
      {"run", summary.run},
      {"run_id", summary.run_id},
      {"status", to_string(summary.status)},
      {"failure_reason", summary.failure_reason},
      {"steps", summary.steps},
      {"epochs", summary.epochs},
      {"samples_seen", summary.samples_seen},
      {"records_skipped", summary.records_skipped},
      {"eval", summary.eval},
      {"model_sha256", summary.model_sha256},
      {"workers", summary.workers},
      {"generations", summary.generations},
      {"restarts", summary.restarts},
      {"steps_redone", summary.steps_redone},
      {"redo_seconds", summary.redo_seconds},
      {"recovery_seconds", summary.recovery_seconds},
      {"wall_seconds", summary.wall_seconds},
      {"samples_per_second", summary.samples_per_second},
      {"worker_seconds",
       {{"used", summary.worker_seconds.used},
        {"idle", summary.worker_seconds.idle},
        {"lost", summary.worker_seconds.lost}}},
      {"snapshot_share", summary.snapshot_share},
      {"checkpoint_share", summary.checkpoint_share},
      {"checkpoints", summary.checkpoints},
      {"checkpoint_failures", summary.checkpoint_failures},
      {"coordinator", summary.coordinator},
      {"exit_status", summary.exit_status},
  };
}

void from_json(const nlohmann::json& json, Summary& summary) {
  check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  read("run", summary.run);
  read("run_id", summary.run_id);
  std::string status;
  read("status", status);
  summary.status = status_from(status);
  read("failure_reason", summary.failure_reason);
  read("steps", summary.steps);
  read("epochs", summary.epochs);
  read("samples_seen", summary.samples_seen);
  read("records_skipped", summary.records_skipped);
  read("eval", summary.eval);
  read("model_sha256", summary.model_sha256);
  read("workers", summary.workers);
  read("generations", summary.generations);
  read("restarts", summary.restarts);
  read("steps_redone", summary.steps_redone);
  read("redo_seconds", summary.redo_seconds);
  read("recovery_seconds", summary.recovery_seconds);
  read("wall_seconds", summary.wall_seconds);
  read("samples_per_second", summary.samples_per_second);
  nlohmann::json worker_seconds;
  read("worker_seconds", worker_seconds);
  const wire::JsonReader read_seconds(worker_seconds, ErrorCode::corrupt);
  read_seconds("used", summary.worker_seconds.used);
  read_seconds("idle", summary.worker_seconds.idle);
  read_seconds("lost", summary.worker_seconds.lost);
  read("snapshot_share", summary.snapshot_share);
  read("checkpoint_share", summary.checkpoint_share);
  read("checkpoints", summary.checkpoints);
  read("checkpoint_failures", summary.checkpoint_failures);
  if (!json.contains("coordinator")) return;  // By a version that did not say.
  read("coordinator", summary.coordinator);
  read("exit_status", summary.exit_status);
}

void write_summary(const std::string& path, const Summary& summary) {
  write_json_file(path, summary);
}

Summary read_summary(const std::string& path) { return read_from_json_file<Summary>(path); }

}  // namespace muster::run
