#include "common/run/plan.h"

#include "common/error.h"
#include "common/hash.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

/// [[0, 2], [2, 4]]: begin and end of every worker's lanes.
nlohmann::json json_of_ranges(const std::vector<LaneRange>& ranges) {
  nlohmann::json json = nlohmann::json::array();
  for (const LaneRange& range : ranges) json.push_back({range.begin, range.end});
  return json;
}

std::vector<LaneRange> ranges_from(const std::vector<std::vector<std::int64_t>>& pairs,
                                   std::int64_t lanes) {
  std::vector<LaneRange> ranges;
  std::int64_t next = 0;
  for (const std::vector<std::int64_t>& pair : pairs) {
    if (pair.size() != 2) throw Error(ErrorCode::corrupt, "key 'lanes_of_worker' must hold pairs");
    const LaneRange range{pair[0], pair[1]};
    if (range.begin != next || range.end <= range.begin) {
      throw Error(ErrorCode::corrupt, concat("key 'lanes_of_worker': [", range.begin, ", ",
                                             range.end, ") does not go on from lane ", next));
    }
    next = range.end;
    ranges.push_back(range);
  }
  if (next != lanes) {
    throw Error(ErrorCode::corrupt,
                concat("key 'lanes_of_worker' ends at lane ", next, " of ", lanes));
  }
  return ranges;
}

}  // namespace

std::string make_run_id() {
  const std::string random = random_bytes(8);
  return to_hex(std::as_bytes(std::span(random)));
}

void to_json(nlohmann::json& json, const Plan& plan) {
  json = {
      {"schema", kSchema},
      {"run_id", plan.run_id},
      {"config_hash", plan.config_hash},
      {"workers", plan.workers},
      {"lanes", plan.lanes},
      {"lanes_of_worker", json_of_ranges(plan.lanes_of_worker)},
      {"train_samples", plan.train_samples},
      {"eval_samples", plan.eval_samples},
      {"records_skipped", plan.records_skipped},
      {"steps_per_epoch", plan.steps_per_epoch},
      {"total_steps", plan.total_steps},
      {"train_manifest", plan.train_manifest},
      {"eval_manifest", plan.eval_manifest},
      {"launch_command", plan.launch_command},
      {"batch_job", plan.batch_job},
  };
}

void from_json(const nlohmann::json& json, Plan& plan) {
  check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  read("run_id", plan.run_id);
  read("config_hash", plan.config_hash);
  read("workers", plan.workers);
  read("lanes", plan.lanes);
  std::vector<std::vector<std::int64_t>> pairs;
  read("lanes_of_worker", pairs);
  plan.lanes_of_worker = ranges_from(pairs, plan.lanes);
  read("train_samples", plan.train_samples);
  read("eval_samples", plan.eval_samples);
  read("records_skipped", plan.records_skipped);
  read("steps_per_epoch", plan.steps_per_epoch);
  read("total_steps", plan.total_steps);
  read("train_manifest", plan.train_manifest);
  read("eval_manifest", plan.eval_manifest);
  read("launch_command", plan.launch_command);
  if (json.contains("batch_job")) read("batch_job", plan.batch_job);
  if (plan.workers < 1 || plan.steps_per_epoch < 1 || plan.total_steps < 1) {
    throw Error(ErrorCode::corrupt, "a plan has workers and steps");
  }
}

void write_plan(const std::string& path, const Plan& plan) { write_json_file(path, plan); }

Plan read_plan(const std::string& path) { return read_from_json_file<Plan>(path); }

}  // namespace muster::run
