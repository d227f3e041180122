#include <unistd.h>

#include <chrono>
#include <memory>

#include "comm/mpi/mpi_world.h"
#include "common/config/load.h"
#include "common/error.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "common/version.h"
#include "data/planning/planning.h"
#include "worker/link/link.h"
#include "worker/models/build.h"
#include "worker/program/numerics.h"
#include "worker/program/process.h"
#include "worker/program/programs.h"
#include "worker/train/trainer.h"

namespace muster::worker {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(30);
constexpr auto kFlushTimeout = std::chrono::seconds(10);

/// The run's own resolved experiment.
config::Experiment read_experiment(const run::RunDirectory& run) {
  config::LoadResult loaded = config::load_experiment(run.experiment());
  if (!loaded.diagnostics.empty()) {
    throw Error(ErrorCode::corrupt, loaded.diagnostics.front().text(),
                "experiment.yaml of a run is written by muster: do not change it");
  }
  return std::move(loaded.experiment);
}

/// Everything after the connection to the coordinator stands.
void train_coordinated(const run::RunDirectory& run, std::int64_t generation, comm::MpiWorld& world,
                       Link& link, std::unique_ptr<comm::Communicator>& communicator) {
  link.phase(wire::Phase::loading);
  const config::Experiment experiment = read_experiment(run);
  const run::Plan plan = run::read_plan(run.plan().string());
  set_numerics(experiment);
  communicator = world.make_communicator(
      {.ranks_per_node = experiment.comm.ranks_per_node, .timeout = experiment.comm.timeout});
  keep_flight_record(*communicator, run, generation);
  check_same_everywhere(*communicator, plan.config_hash);
  const data::Datasets datasets = data::open_datasets(experiment, &plan);
  const ModelPointer model = build_model(experiment);
  const wire::Finished result =
      train({.experiment = experiment,
             .plan = plan,
             .run = run,
             .generation = generation,
             .communicator = *communicator,
             .train = *datasets.train,
             .eval = datasets.eval.get(),
             .model = *model,
             .reporter = link,
             .snapshots = run::snapshot_folder(experiment.snapshot, plan.run_id)});
  if (communicator->rank().index == 0) link.finished(result);
  link.phase(wire::Phase::finished);
}

wire::Failed failure_of(const std::exception& error) {
  if (const auto* known = dynamic_cast<const Error*>(&error)) {
    return {std::string(to_string(known->code())), known->what(), known->hint(), 0};
  }
  // The name of no ErrorCode: memory that ran out, say. Nobody's experiment is wrong.
  return {"internal", error_text(error), "", 0};
}

}  // namespace

int run_coordinated(const CoordinatedArguments& arguments) {
  die_with_parent();
  const run::RunDirectory run(arguments.run);
  std::unique_ptr<Link> link;
  std::unique_ptr<comm::Communicator> communicator;
  try {
    comm::MpiWorld world;
    const comm::Rank rank = world.rank();
    log::set_name(concat("rank ", rank.index));
    redirect_output(run.worker_log(rank.index, arguments.generation).string());
    log::info(concat("muster-worker ", kVersion, ", libtorch ", libtorch_version(), ", ",
                     world.library_version(), ", rank ", rank.index, " of ", rank.count, ", pid ",
                     ::getpid(), " on ", host_name()));
    link = Link::connect(
        run,
        {.hello = {.rank = rank.index,
                   .world = rank.count,
                   .generation = arguments.generation,
                   .host = host_name(),
                   .pid = ::getpid(),
                   .version = kVersion},
         // Its peers may wait in a collective that nobody will join any more.
         .replaced = [](const std::string&) { ::_exit(exit_status(ErrorCode::aborted)); }},
        Deadline::after(kConnectTimeout));
    try {
      train_coordinated(run, arguments.generation, world, *link, communicator);
    } catch (const std::exception& error) {
      // Before MPI is finalised, so that the coordinator and the peers learn the cause and not only
      // its consequences.
      const wire::Failed failed = failure_of(error);
      log::error(concat(failed.message, failed.hint.empty() ? "" : " (", failed.hint,
                        failed.hint.empty() ? "" : ")"));
      link->failed(failed);
      link->flush(Deadline::after(kFlushTimeout));
      if (communicator) communicator->abort(failed.message);
      communicator.reset();  // Tells the other nodes.
      const auto* known = dynamic_cast<const Error*>(&error);
      ::_exit(known ? exit_status(known->code()) : exit_code::kSoftware);
    }
    link->flush(Deadline::after(kFlushTimeout));
    communicator.reset();
    return exit_code::kOk;
  } catch (const std::exception& error) {  // MPI, the log file or the connection.
    log::error(error.what());
    const auto* known = dynamic_cast<const Error*>(&error);
    return known ? exit_status(known->code()) : exit_code::kSoftware;
  }
}

}  // namespace muster::worker
