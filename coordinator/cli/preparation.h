// Everything that is checked and decided before anything is written: `run`, `validate` and `plan`
// differ only in what they do afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/run/inspection.h"
#include "common/run/plan.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/problem.h"
#include "data/partition.h"

namespace muster::coordinator::cli {

struct Preparation {
  std::string file;               // The experiment, as typed.
  config::Experiment experiment;  // Resolved.
  bool lanes_were_set = false;    // By the user; else they are the number of workers.
  data::PartitionSpec partition;  // How the training data are cut into steps and lanes.
  std::filesystem::path worker_program;
  run::Inspection inspection;
  run::Plan plan;                     // Without launch command.
  std::vector<std::string> warnings;  // About the data: records that are left out.
  std::vector<Problem> problems;      // When there are some, only `file` is meaningful besides.
};

enum class Depth {
  data,   // Experiment and data: enough to know the order of the samples.
  model,  // The worker's opinion too: everything.
};

/// Loads, resolves, reads the data, asks the worker; collects all problems of the first stage that
/// has any. Writes nothing. Throws Error for what is not the experiment's fault (no worker
/// program).
Preparation prepare(const ExperimentArguments& arguments, Depth depth);

/// The exit status for problems: that of the first.
int exit_status(const std::vector<Problem>& problems);

}  // namespace muster::coordinator::cli
