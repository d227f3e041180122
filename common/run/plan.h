// plan.json: what was decided before the launch and is the same for every generation.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/lanes/lane_range.h"

namespace muster::run {

struct Plan {
  std::string run_id;  // 16 hexadecimal characters, random: the run's identity.
  std::string config_hash;
  int workers = 0;  // Of every launch; `muster resume` may change it.
  std::int64_t lanes = 0;
  std::vector<LaneRange> lanes_of_worker;
  std::int64_t train_samples = 0;
  std::int64_t eval_samples = 0;     // 0: no evaluation.
  std::int64_t records_skipped = 0;  // Bad ones, left out of both.
  std::int64_t steps_per_epoch = 0;
  std::int64_t total_steps = 0;
  nlohmann::json train_manifest;  // data::Manifest; null for none.
  nlohmann::json eval_manifest;
  std::vector<std::string> launch_command;  // Empty for a direct launch.
  std::string batch_job;  // That began the run, "slurm 4711"; empty outside of one.
};

/// A new random run id.
std::string make_run_id();

void to_json(nlohmann::json& json, const Plan& plan);
void from_json(const nlohmann::json& json, Plan& plan);

/// Atomic; Error{storage}.
void write_plan(const std::string& path, const Plan& plan);
/// Error{storage} when missing, Error{corrupt} when it is not a plan.
Plan read_plan(const std::string& path);

}  // namespace muster::run
