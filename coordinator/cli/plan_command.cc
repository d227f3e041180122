#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/run/run_directory.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/launch_preview.h"
#include "coordinator/cli/order.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/plan_report.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

StepRange steps_to_print(const PlanOptions& options, const Preparation& preparation) {
  const run::Plan& plan = preparation.plan;
  const StepRange first_epoch{0, std::min(plan.steps_per_epoch, plan.total_steps)};
  const StepRange steps = options.steps.value_or(first_epoch);
  if (steps.end > plan.total_steps) {
    throw Error(
        ErrorCode::invalid,
        concat("--steps ", steps.begin, ":", steps.end, " goes beyond the training"),
        concat("it has ", plan.total_steps, " steps; the last range ends with ", plan.total_steps));
  }
  return steps;
}

void print_order(const PlanOptions& options, const Preparation& preparation) {
  constexpr std::size_t kPiece = 1 << 16;
  const data::Partition partition(preparation.partition);
  const StepRange steps = steps_to_print(options, preparation);
  std::string text;
  for (std::int64_t step = steps.begin; step < steps.end; ++step) {
    for (std::int64_t lane = 0; lane < preparation.plan.lanes; ++lane) {
      text += order_line(partition, step, lane);
    }
    if (text.size() > kPiece) {
      write_all(STDOUT_FILENO, text);
      text.clear();
    }
  }
  write_all(STDOUT_FILENO, text);
}

void print_plan(const PlanOptions& options, const Preparation& preparation) {
  const config::Experiment& experiment = preparation.experiment;
  const WorldSize world{preparation.plan.lanes, preparation.plan.workers,
                        experiment.comm.ranks_per_node, state_copies(experiment)};
  const auto run = run::run_root(experiment) / (experiment.name + "-NNNN");
  const PlanReport report{preparation, memory_of_smaller(preparation.inspection, world),
                          traffic_of(preparation.inspection, world),
                          launch_preview(preparation, run)};
  write_all(STDOUT_FILENO, options.json ? plan_json(report).dump(2) + "\n" : plan_text(report));
}

}  // namespace

int plan_command(const PlanOptions& options, const Terminal&) {
  const Preparation preparation =
      prepare(options.experiment, options.order ? Depth::data : Depth::model);
  if (!preparation.problems.empty()) {
    write_if_possible(STDERR_FILENO, text_of(preparation.problems));
    return exit_status(preparation.problems);
  }
  write_if_possible(STDERR_FILENO, warning_text(preparation.warnings));
  if (options.order) {
    print_order(options, preparation);
  } else {
    print_plan(options, preparation);
  }
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
