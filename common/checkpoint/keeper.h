// Publishes one checkpoint after the other and removes those that need not be kept.
//
// Once a checkpoint is published it is there, whatever becomes of those before it: trouble with
// them is only told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_writer.h"

namespace muster::checkpoint {

/// Which checkpoints of a folder stay.
struct KeepRule {
  std::optional<std::int64_t> keep = {};  // So many of the last ones, 1 or more. Empty: all.
  std::optional<std::string> best = {};   // And the best by this metric.
};

struct KeptCheckpoint {
  PublishedCheckpoint published;
  std::vector<std::string> remarks = {};  // For the user, a sentence each: what else there was.
};

class Keeper {
 public:
  Keeper(std::filesystem::path folder, KeepRule rule)
      : folder_(std::move(folder)), rule_(std::move(rule)) {}

  /// write_checkpoint() into the folder, then retain(). One call at a time. Throws as the former.
  KeptCheckpoint publish(const Publisher& publisher, const CheckpointState& state,
                         std::vector<TensorView> model, std::vector<TensorView> optimizer);

 private:
  void remove_others(std::int64_t published, std::vector<std::string>& remarks);

  std::filesystem::path folder_;
  KeepRule rule_;
};

}  // namespace muster::checkpoint
