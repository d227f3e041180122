// The loop of a training: steps, evaluations, checkpoints, until the experiment's duration is over
// or somebody asks for a stop.
#pragma once

#include <cstdint>
#include <filesystem>

#include "comm/communicator.h"
#include "common/config/experiment.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/wire/messages.h"
#include "data/dataset.h"
#include "worker/models/model.h"
#include "worker/train/reporter.h"

namespace muster::worker {

/// What a training is made of; all outlive it. The experiment is resolved.
struct TrainerParts {
  const config::Experiment& experiment;
  const run::Plan& plan;
  const run::RunDirectory& run;
  std::int64_t generation = 1;
  comm::Communicator& communicator;
  const data::Dataset& train;
  const data::Dataset* eval = nullptr;  // May be null.
  Model& model;                         // As build_model makes it: the same on every rank.
  Reporter& reporter;
  std::filesystem::path snapshots = {};  // Their folder. Empty: none are taken.
};

/// Goes on from the newest state that an earlier generation left (a snapshot, else a checkpoint),
/// trains to the end and publishes the final checkpoint. Collective over the world. Blocks. Returns
/// the same on every rank (model_sha256: rank 0 only). May throw anything, libtorch's errors too:
/// the caller then aborts the communicator, or the other ranks would wait for this one.
wire::Finished train(const TrainerParts& parts);

}  // namespace muster::worker
