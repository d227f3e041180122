#include "common/checkpoint/checkpoint_state.h"

#include <nlohmann/json.hpp>
#include <set>

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::checkpoint {
namespace {

constexpr int kDeepest = 3;

std::string value_of(const std::map<std::string, std::string>& identity, const std::string& key) {
  const auto found = identity.find(key);
  return found == identity.end() ? "nothing" : found->second;
}

}  // namespace

std::string state_text(const CheckpointState& state) {
  nlohmann::json json = {{"schema", run::kSchema},
                         {"step", state.step},
                         {"total_steps", state.total_steps},
                         {"epoch", state.epoch},
                         {"position", state.position},
                         {"samples_seen", state.samples_seen},
                         {"lanes", state.lanes},
                         {"seed", state.seed},
                         {"skipped_in_a_row", state.skipped_in_a_row},
                         {"config_hash", state.config_hash},
                         {"version", state.version},
                         {"eval", state.eval},
                         {"identity", state.identity}};
  if (state.eval_step) json["eval_step"] = *state.eval_step;
  return run::pretty_text(json);
}

CheckpointState parse_state(const std::string& text) {
  const nlohmann::json json = wire::parse_json(text, kDeepest, ErrorCode::corrupt);
  run::check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  CheckpointState state;
  read("step", state.step);
  read("total_steps", state.total_steps);
  read("epoch", state.epoch);
  read("position", state.position);
  read("samples_seen", state.samples_seen);
  read("lanes", state.lanes);
  read("seed", state.seed);
  read("skipped_in_a_row", state.skipped_in_a_row);
  read("config_hash", state.config_hash);
  read("version", state.version);
  read("eval", state.eval);
  if (json.contains("eval_step")) read("eval_step", state.eval_step.emplace());
  nlohmann::json identity;
  read("identity", identity);
  const wire::JsonReader read_identity(identity, ErrorCode::corrupt);
  for (const auto& [key, value] : identity.items()) {
    read_identity(key.c_str(), state.identity[key]);
  }
  return state;
}

std::vector<std::string> differences(const std::map<std::string, std::string>& there,
                                     const std::map<std::string, std::string>& here) {
  std::set<std::string> keys;
  for (const auto& [key, value] : there) keys.insert(key);
  for (const auto& [key, value] : here) keys.insert(key);
  std::vector<std::string> found;
  for (const std::string& key : keys) {
    const std::string theirs = value_of(there, key);
    const std::string ours = value_of(here, key);
    if (theirs != ours) found.push_back(concat(key, ": ", theirs, " there, ", ours, " here"));
  }
  return found;
}

void require_same_experiment(const std::string& path, const CheckpointState& state,
                             const std::string& config_hash,
                             const std::map<std::string, std::string>& identity) {
  if (state.config_hash == config_hash) return;
  std::vector<std::string> lines = differences(state.identity, identity);
  if (lines.empty()) {
    lines.push_back(concat("config hash: ", state.config_hash, " there, ", config_hash, " here"));
  }
  throw Error(ErrorCode::invalid,
              concat(path, ": is the state of another experiment:\n  ", join(lines, "\n  ")),
              "its weights can be the start of a new run: model.init");
}

}  // namespace muster::checkpoint
