#include "coordinator/cli/run_report.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "common/run/best_metric.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/facts.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli {
namespace {

std::string epochs_sentence(double epochs) {
  const std::string number = shortest(std::round(epochs * 100) / 100);
  return concat(number, number == "1" ? " epoch" : " epochs");
}

std::string best_remark(double last, const Evaluation& best, const std::string& metric) {
  const double value = best.values.at(metric);
  return value == last ? "  (the best)"
                       : concat("  (best ", metric_text(value), " at step ", best.step, ")");
}

std::string metrics_lines(const RunEnd& end) {
  const std::string deciding = run::best_metric(end.summary.eval);
  std::string text;
  for (const auto& [name, value] : end.summary.eval) {
    std::string shown = metric_text(value);
    if (name == deciding && end.best && end.best->values.count(name) != 0) {
      shown += best_remark(value, *end.best, name);
    }
    text += labelled(name, shown);
  }
  return text;
}

/// How to go on with a run that has ended before its time; empty where there is nothing to go on
/// from.
std::string way_on(const RunEnd& end) {
  if (end.checkpoint.empty()) return "";
  return labelled("go on", concat("muster resume ", shell_quoted(end.run_folder)));
}

/// "muster run ..." as it was typed, but for the overrides that begin like one of `left_out`.
std::string command_without(const ExperimentArguments& arguments,
                            std::initializer_list<std::string_view> left_out) {
  std::string command = concat("muster run ", shell_quoted(arguments.file));
  for (const std::string& text : arguments.overrides) {
    const bool stays = std::none_of(left_out.begin(), left_out.end(), [&](std::string_view begin) {
      return text.starts_with(begin);
    });
    if (stays) command += concat(" ", shell_quoted(text));
  }
  return command;
}

}  // namespace

std::string run_header(const Preparation& preparation, const std::string& run_folder) {
  const std::string note = lanes_note(preparation);
  const std::string libtorch = preparation.inspection.libtorch_version;
  return concat(
      "muster ", kVersion, libtorch.empty() ? "" : ", libtorch " + libtorch, "\n",
      labelled("experiment", concat(preparation.experiment.name, " (", preparation.file, ")")),
      labelled("model", model_sentence(preparation)), labelled("data", data_sentence(preparation)),
      labelled("world", world_sentence(preparation)),
      labelled("batch", batch_sentence(preparation)),
      labelled("training", training_sentence(preparation)), labelled("run folder", run_folder),
      note.empty() ? "" : labelled("note", note),
      preparation.experiment.fast_dev_run
          ? labelled("note",
                     "fast_dev_run: two steps, one evaluation, one checkpoint; its figures "
                     "mean nothing")
          : "");
}

std::string run_result(const RunEnd& end) {
  const run::Summary& summary = end.summary;
  std::string text =
      concat(summary.run, " ", run::to_string(summary.status), ": ", counted(summary.steps, "step"),
             ", ", epochs_sentence(summary.epochs), ", ", counted(summary.samples_seen, "sample"),
             " in ", human_seconds(summary.wall_seconds), "\n");
  text += metrics_lines(end);
  text += labelled("speed", concat(with_thousands(std::llround(summary.samples_per_second)),
                                   " samples/s with ", counted(summary.workers, "worker")));
  if (summary.records_skipped > 0) {
    text += labelled("left out", counted(summary.records_skipped, "bad record"));
  }
  if (!end.checkpoint.empty()) {
    text += labelled("checkpoint", end.checkpoint);
  }
  if (!summary.model_sha256.empty()) {
    text += labelled("sha256", summary.model_sha256);
  }
  if (summary.restarts > 0) {
    text += labelled("recovered", concat(counted(summary.restarts, "restart"), ", ",
                                         counted(summary.steps_redone, "step"), " redone"));
  }
  text += labelled("run folder", end.run_folder);
  return summary.status == run::Status::completed ? text : text + way_on(end);
}

std::string run_failure(const RunEnd& end) {
  const run::Summary& summary = end.summary;
  std::string text = concat("error: ", summary.run, " failed after ",
                            counted(summary.steps, "step"), ": ", summary.failure_reason, "\n");
  text += labelled("checkpoint", end.checkpoint.empty() ? "none was written" : end.checkpoint);
  text += way_on(end);
  return text + labelled("logs", concat("muster logs ", shell_quoted(end.run_folder)));
}

std::string next_steps(const Preparation& preparation, const ExperimentArguments& arguments,
                       const std::string& run_folder) {
  if (preparation.experiment.fast_dev_run) {
    return concat("\nAll of it works. The whole training:\n  ",
                  command_without(arguments, {"fast_dev_run="}), "\n");
  }
  const std::string other_world = next_command(preparation, arguments);
  const std::string same_bits =
      other_world.empty()
          ? ""
          : concat("\nThe same sha256 with another number of workers:\n  ", other_world, "\n");
  return concat(same_bits, "\nIts curves, with TensorBoard:\n  tensorboard --logdir ",
                shell_quoted(run_folder), "\n");
}

std::string next_command(const Preparation& preparation, const ExperimentArguments& arguments) {
  const run::Plan& plan = preparation.plan;
  if (plan.lanes < 2) {
    return "";
  }
  const int workers = plan.workers > 1 ? 1 : 2;
  std::string command = command_without(arguments, {"cluster.workers="});
  if (!preparation.lanes_were_set) {
    command += concat(" batch.lanes=", plan.lanes);
  }
  return concat(command, " cluster.workers=", workers);
}

}  // namespace muster::coordinator::cli
