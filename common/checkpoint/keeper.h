// Publishes one checkpoint after the other and removes those that need not be kept.
//
// Once a checkpoint is published it is there, whatever becomes of those before it: trouble with
// them is only told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/checkpoint/checkpoint_writer.h"
#include "common/checkpoint/store.h"

namespace muster::checkpoint {

struct KeptCheckpoint {
  PublishedCheckpoint published;
  std::vector<std::string> remarks = {};  // For the user, a sentence each: what else there was.
};

class Keeper {
 public:
  Keeper(std::filesystem::path folder, Retention retention)
      : folder_(std::move(folder)), retention_(std::move(retention)) {}

  /// write_checkpoint() into the folder, then retain(). One call at a time. Throws as the former.
  KeptCheckpoint publish(const Publisher& publisher, const CheckpointState& state,
                         std::vector<TensorView> model, std::vector<TensorView> optimizer);

 private:
  void remove_others(std::vector<std::string>& remarks);

  std::filesystem::path folder_;
  Retention retention_;
  std::set<std::int64_t> whole_;  // Steps that are known to be: published, or read.
};

}  // namespace muster::checkpoint
