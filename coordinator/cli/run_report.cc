#include "coordinator/cli/run_report.h"

#include <cmath>

#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/facts.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli {
namespace {

std::string epochs_text(double epochs) {
  const std::string number = shortest(std::round(epochs * 100) / 100);
  return concat(number, number == "1" ? " epoch" : " epochs");
}

std::string best_remark(double last, const Evaluation& best, const std::string& metric) {
  const double value = best.values.at(metric);
  return value == last ? "  (the best)"
                       : concat("  (best ", metric_text(value), " at step ", best.step, ")");
}

std::string metrics_lines(const RunEnd& end) {
  const std::string deciding = best_metric(end.summary.eval);
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

/// Words of a command line that a shell would take apart are quoted.
std::string quoted(const std::string& word) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!word.empty() && word.find_first_not_of(kSafe) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char letter : word) {
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  }
  return text + "'";
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
      note.empty() ? "" : labelled("note", note));
}

std::string run_result(const RunEnd& end) {
  const run::Summary& summary = end.summary;
  std::string text =
      concat(summary.run, " ", run::to_string(summary.status), ": ", counted(summary.steps, "step"),
             ", ", epochs_text(summary.epochs), ", ", counted(summary.samples_seen, "sample"),
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
  return text + labelled("run folder", end.run_folder);
}

std::string run_failure(const RunEnd& end) {
  const run::Summary& summary = end.summary;
  std::string text = concat("error: ", summary.run, " failed after ",
                            counted(summary.steps, "step"), ": ", summary.failure_reason, "\n");
  if (!end.checkpoint.empty()) {
    text += labelled("checkpoint", end.checkpoint);
  }
  return text + labelled("logs", end.run_folder + "/log");
}

std::string next_command(const Preparation& preparation, const ExperimentArguments& arguments) {
  const run::Plan& plan = preparation.plan;
  if (plan.lanes < 2) {
    return "";
  }
  const int workers = plan.workers > 1 ? 1 : 2;
  std::string command = concat("muster run ", quoted(arguments.file));
  for (const std::string& text : arguments.overrides) {
    if (text.rfind("cluster.workers=", 0) != 0) {
      command += concat(" ", quoted(text));
    }
  }
  if (!preparation.lanes_were_set) {
    command += concat(" batch.lanes=", plan.lanes);
  }
  return concat(command, " cluster.workers=", workers);
}

}  // namespace muster::coordinator::cli
