// state.json of a checkpoint: where the training was, besides its tensors, and of which experiment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::checkpoint {

struct CheckpointState {
  std::int64_t step = 0;  // Steps completed.
  std::int64_t total_steps = 0;
  std::int64_t epoch = 0;     // Of the next step.
  std::int64_t position = 0;  // First position of the next step in its epoch.
  std::int64_t samples_seen = 0;
  std::int64_t lanes = 0;
  std::int64_t seed = 0;
  std::int64_t skipped_in_a_row = 0;  // Last steps that changed nothing (gradient.on_not_finite).
  std::string config_hash = {};
  std::string version = {};                          // Of Muster.
  std::map<std::string, double> eval = {};           // Of the last evaluation: metric -> value.
  std::optional<std::int64_t> eval_step = {};        // Of that evaluation: steps completed then.
  std::map<std::string, std::string> identity = {};  // Of the experiment: config::hashed_keys().

  /// True when `eval` tells of the weights of this state, not of earlier ones.
  bool is_evaluated() const { return eval_step == step; }

  bool operator==(const CheckpointState&) const = default;
};

/// Equal states give equal texts; finite numbers read back to the same bits, others as NaN.
std::string state_text(const CheckpointState& state);

/// Throws Error{corrupt} for what is no state, Error{unsupported} for one of a later version. The
/// caller adds the file.
CheckpointState parse_state(const std::string& text);

/// The keys in which two identities differ, sorted: "optimizer.lr: 0.1 there, 0.2 here".
std::vector<std::string> differences(const std::map<std::string, std::string>& there,
                                     const std::map<std::string, std::string>& here);

/// Throws Error{invalid} with the keys that differ when the state at `path` is that of another
/// experiment than the one with this hash and identity.
void require_same_experiment(const std::string& path, const CheckpointState& state,
                             const std::string& config_hash,
                             const std::map<std::string, std::string>& identity);

}  // namespace muster::checkpoint
