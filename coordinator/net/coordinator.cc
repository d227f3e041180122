#include "coordinator/net/coordinator.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "common/config/load.h"
#include "common/error.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/run/plan.h"
#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/parent.h"
#include "coordinator/net/descriptor_limit.h"
#include "coordinator/net/driver.h"

namespace muster::coordinator {
namespace {

constexpr std::size_t kSpareConnections = 64;  // Of workers that reconnect, and of strangers.
constexpr std::size_t kOwnDescriptors = 128;   // Files, timers, what glances open.

config::Experiment load_resolved(const run::RunDirectory& run) {
  auto loaded = config::load_experiment(run.experiment());
  if (!loaded.diagnostics.empty()) {
    throw Error(ErrorCode::invalid, loaded.diagnostics.front().text());
  }
  return std::move(loaded.experiment);
}

Limits limits_of(const config::Cluster& cluster) {
  Limits limits;
  limits.grace = cluster.grace;
  limits.stall_timeout = cluster.stall_timeout;
  return limits;
}

/// Its launcher runs, and is nobody's: whoever calls has made sure that the run has no coordinator.
bool has_living_world(const std::optional<LedgerRecord>& record) {
  return record && record->launcher && running_process(*record->launcher);
}

/// Reads what earlier coordinators of the run have left: its number is taken before.
Driver::Options driver_options(const run::RunDirectory& run, const CoordinatorOptions& options) {
  const config::Experiment experiment = load_resolved(run);
  const run::Plan plan = run::read_plan(run.plan().string());
  const auto ledger = newest_ledger(run);
  const bool other_hosts =
      may_use_other_hosts(experiment.cluster.mpirun_args,
                          [](const char* name) -> const char* { return std::getenv(name); });
  return {
      .run = run,
      .run_id = plan.run_id,
      .facts = {.workers = plan.workers,
                .launcher = "mpirun",
                .steps_per_epoch = plan.steps_per_epoch,
                .samples_per_step = experiment.batch.global,
                .train_samples = plan.train_samples,
                .records_skipped = plan.records_skipped,
                .max_restarts = experiment.cluster.max_restarts},
      .limits = limits_of(experiment.cluster),
      .ledger = ledger,
      .takes_over = options.takes_over || has_living_world(ledger),
      .unheard = options.unheard,
      .server = {.address = other_hosts ? "0.0.0.0" : "127.0.0.1",
                 .secret = run::read_secret(run),
                 .connections_max = 2 * static_cast<std::size_t>(plan.workers) + kSpareConnections},
      .host = other_hosts ? host_name() : "127.0.0.1",
      .snapshots = run::snapshot_folder(experiment.snapshot, plan.run_id),
      .launcher = {.cluster = experiment.cluster,
                   .comm = experiment.comm,
                   .run = run,
                   .run_id = plan.run_id,
                   .worker_program = options.worker_program,
                   .workers = plan.workers,
                   .other_hosts = other_hosts}};
}

int coordinate(const run::RunDirectory& run, const CoordinatorOptions& options,
               Observer& observer) {
  // First of all: whoever comes later reads what this one writes, and whoever came earlier sees
  // that it has to give way.
  Records records(run);
  if (options.prepare) {
    records.require_the_latest_number();
    options.prepare();
  }
  Driver::Options driver = driver_options(run, options);
  const std::size_t wanted = driver.server.connections_max + kOwnDescriptors;
  if (const auto limit = raise_descriptor_limit(wanted); limit < wanted) {
    log::warning(concat("at most ", limit, " files can be open, ", wanted,
                        " may be needed; raise the hard limit (ulimit -Hn)"));
  }
  Driver coordinator(std::move(driver), records, observer);
  if (options.begins) options.begins();
  return coordinator.run();
}

}  // namespace

int run_coordinator(const run::RunDirectory& run, const CoordinatorOptions& options,
                    Observer& observer) {
  // A reader of our output that goes away does not end a training.
  std::signal(SIGPIPE, SIG_IGN);
  log::to_file(run.coordinator_log().string());
  log::set_name("coordinator");
  try {
    return coordinate(run, options, observer);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::aborted) throw;
    log::error(error.what());
    observer.notice(error.what());
    return kGaveWay;
  }
}

}  // namespace muster::coordinator
