#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>
#include <utility>

#include "comm/mpi/mpi_world.h"
#include "common/atomic_file.h"
#include "common/checkpoint/initial_weights.h"
#include "common/checkpoint/safetensors_file.h"
#include "common/config/load.h"
#include "common/config/resolve.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "data/planning/planning.h"
#include "worker/direct/direct_reporter.h"
#include "worker/models/build.h"
#include "worker/optim/optimizer.h"
#include "worker/program/numerics.h"
#include "worker/program/process.h"
#include "worker/program/programs.h"
#include "worker/train/arena.h"
#include "worker/train/initial_weights.h"
#include "worker/train/trainer.h"

namespace muster::worker {
namespace {

std::string error_line(const std::string& text, const std::string& hint = "") {
  return concat("muster-worker: error: ", text, hint.empty() ? "" : " (", hint,
                hint.empty() ? "" : ")");
}

void print_error(const std::string& text, const std::string& hint) {
  std::cerr << error_line(text, hint) << '\n';
}

/// Rank 0 makes the run directory and writes what every run has; all ranks learn its path.
run::RunDirectory make_run_directory(comm::Communicator& communicator,
                                     const config::Experiment& experiment, const run::Plan& plan) {
  std::array<char, 4096> path{};
  if (communicator.rank().index == 0) {
    const run::RunDirectory run = run::create_run_directory(
        {.root = run::run_root(experiment), .name = experiment.name, .exactly = {}});
    write_file_atomic(run.experiment(), config::to_yaml(experiment));
    run::write_plan(run.plan().string(), plan);
    const std::string text = run.path().string();
    if (text.size() >= path.size()) {
      throw Error(ErrorCode::storage, concat(text, ": the path is too long"));
    }
    std::copy(text.begin(), text.end(), path.begin());
  }
  communicator
      .broadcast({path.data(), static_cast<std::int64_t>(path.size()), DType::uint8}, 0,
                 {.label = "run directory"})
      .wait();
  return run::RunDirectory(path.data());
}

std::vector<std::string> texts_of(const std::vector<config::Diagnostic>& diagnostics) {
  std::vector<std::string> problems;
  for (const config::Diagnostic& diagnostic : diagnostics) problems.push_back(diagnostic.text());
  return problems;
}

/// What is wrong with the file of given weights, if there is one. `tensors`: of the model.
std::vector<KeyComplaint> complaints_about_init(const config::InitialWeights& initial,
                                                const ModelTensors& tensors) {
  if (!initial.file) return {};
  return fit_initial_weights(initial, tensors, checkpoint::SafetensorsFile(*initial.file))
      .complaints;
}

/// What rank 0 found out about the file of given weights, to all: each then has the same
/// experiment.
void share_init_sha256(comm::Communicator& communicator, config::InitialWeights& initial) {
  if (!initial.file) return;
  std::string sha256 = initial.sha256.value_or("");
  sha256.resize(config::kSha256Digits);
  communicator
      .broadcast({sha256.data(), static_cast<std::int64_t>(sha256.size()), DType::uint8}, 0,
                 {.label = "hash of model.init"})
      .wait();
  initial.sha256 = sha256;
}

/// Makes libtorch ready and opens the data, on every rank; rank 0 reads the file of given weights.
/// The first rank that finds something wrong says it, and all of them return the same exit status;
/// 0: all is well.
int prepare_together(comm::Communicator& communicator, config::LoadResult& loaded,
                     data::Datasets& datasets, ModelPointer& model) {
  config::Experiment& experiment = loaded.experiment;
  config::InitialWeights& initial = config::initial_weights_of(experiment.model.options);
  std::int64_t status = exit_code::kOk;
  std::vector<std::string> complaints;
  std::string_view about = "data: ";  // What an unexpected exception is about.
  try {
    set_numerics(experiment);
    datasets = data::open_datasets(experiment);
    if (communicator.rank().index == 0) checkpoint::identify_initial_weights(experiment);
    about = "model: ";  // What libtorch says against the model's options.
    model = build_model(experiment);
    const ModelTensors tensors = ModelTensors::of(*model, parameter_groups(experiment.optimizer));
    std::vector<KeyComplaint> found = tensors.complaints;
    if (found.empty()) found = complaints_about_init(initial, tensors);
    for (const config::Diagnostic& diagnostic : diagnostics_of(found, loaded)) {
      complaints.push_back(diagnostic.text());
      status = exit_code::kBadConfig;
    }
    for (const std::string& text : data::misfits(experiment, datasets, !tensors.counters.empty())) {
      complaints.push_back(error_line(text));
      status = exit_code::kBadConfig;
    }
  } catch (const Error& error) {
    complaints.push_back(error_line(error.what(), error.hint()));
    status = exit_status(error.code());
  } catch (const std::exception& error) {
    complaints.push_back(error_line(concat(about, error_text(error))));
    status = exit_code::kBadConfig;
  }
  const comm::Rank rank = communicator.rank();
  std::int64_t first = complaints.empty() ? rank.count : rank.index;
  communicator.all_reduce({&first, 1, DType::int64}, comm::ReduceOp::min, {.label = "preparation"})
      .wait();
  communicator.all_reduce({&status, 1, DType::int64}, comm::ReduceOp::max, {.label = "preparation"})
      .wait();
  if (first == rank.index) {
    for (const std::string& line : complaints) std::cerr << line << '\n';
  }
  if (status == exit_code::kOk) share_init_sha256(communicator, initial);
  return static_cast<int>(status);
}

struct Outcome {
  int status = exit_code::kOk;
  bool world_is_whole = true;  // Every rank comes to this end: MPI may be finalised.
};

Outcome train_directly(const ExperimentArguments& arguments, comm::MpiWorld& world) {
  const bool speaks = world.rank().index == 0;
  config::LoadResult loaded = config::load_experiment(arguments.file, arguments.overrides);
  const config::Experiment& experiment = loaded.experiment;
  const auto refused = [&](const std::vector<config::Diagnostic>& diagnostics) {
    if (speaks && !diagnostics.empty()) std::cerr << join(texts_of(diagnostics), "\n") << '\n';
    return !diagnostics.empty();
  };
  if (refused(loaded.diagnostics)) return {exit_code::kBadConfig};
  if (speaks && experiment.fast_dev_run) {
    std::cerr << "note: fast_dev_run: two steps, one evaluation, one checkpoint; its figures mean "
                 "nothing\n";
  }

  const std::unique_ptr<comm::Communicator> communicator = world.make_communicator(
      {.ranks_per_node = experiment.comm.ranks_per_node, .timeout = experiment.comm.timeout});
  if (refused(config::resolve(loaded, {.workers = world.rank().count,
                                       .instructions = least_instruction_set(*communicator)}))) {
    return {exit_code::kBadConfig};
  }
  data::Datasets datasets;
  ModelPointer model;
  if (const int status = prepare_together(*communicator, loaded, datasets, model)) return {status};
  for (const std::string& text : data::warnings(experiment, datasets)) {
    if (speaks) std::cerr << "muster-worker: warning: " << text << '\n';
  }
  const run::Plan plan = data::make_plan(experiment, datasets, world.rank().count);
  try {
    check_same_everywhere(*communicator, plan.config_hash);
    const run::RunDirectory run = make_run_directory(*communicator, experiment, plan);
    keep_flight_record(*communicator, run, /*generation=*/1);
    const std::unique_ptr<DirectReporter> reporter =
        DirectReporter::make(run, plan, {.rank = world.rank().index});
    try {
      const wire::Finished result = train({.experiment = experiment,
                                           .plan = plan,
                                           .run = run,
                                           .communicator = *communicator,
                                           .train = *datasets.train,
                                           .eval = datasets.eval.get(),
                                           .model = *model,
                                           .reporter = *reporter});
      if (speaks) reporter->finished(result);
    } catch (const std::exception& error) {
      if (speaks) reporter->failed(error_text(error));
      throw;
    }
  } catch (const std::exception& error) {
    communicator->abort(error.what());
    const auto* known = dynamic_cast<const Error*>(&error);
    // A rank that only heard of another's failure has nothing to say about it.
    if (!known || known->code() != ErrorCode::aborted) {
      print_error(error_text(error), known ? known->hint() : "");
    }
    return {known ? exit_status(known->code()) : exit_code::kSoftware, false};
  }
  return {};
}

}  // namespace

int run_directly(const ExperimentArguments& arguments) {
  die_with_parent();
  try {
    comm::MpiWorld world;
    log::set_name(concat("rank ", world.rank().index));
    try {
      const Outcome outcome = train_directly(arguments, world);
      if (!outcome.world_is_whole) ::_exit(outcome.status);
      return outcome.status;
    } catch (const Error& error) {  // No communicator: the other ranks cannot be told, only left.
      print_error(error.what(), error.hint());
      ::_exit(exit_status(error.code()));
    }
  } catch (const std::exception& error) {
    print_error(error_text(error), "");
    return exit_code::kSoftware;
  }
}

}  // namespace muster::worker
