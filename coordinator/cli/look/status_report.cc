#include "coordinator/cli/look/status_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/text.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/time_text.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli::look {
namespace {

constexpr std::size_t kMostWorkersInText = 16;
constexpr std::size_t kMostCheckpointsInText = 6;

std::string progress_sentence(const RunView& view) {
  const run::Plan& plan = view.files.plan;
  const double epochs =
      static_cast<double>(plan.total_steps) / static_cast<double>(plan.steps_per_epoch);
  const double share =
      100.0 * static_cast<double>(view.step) / static_cast<double>(plan.total_steps);
  return concat("step ", with_thousands(view.step), " of ", with_thousands(plan.total_steps), " (",
                static_cast<int>(share), "%), epoch ", epochs_text(view.epoch), " of ",
                epochs_text(epochs));
}

/// "loss 0.1234, lr 0.0021": the values below `prefix`.
std::string values_sentence(const wire::MetricsLine& line, const std::string& prefix) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : line.values) {
    if (name.starts_with(prefix)) {
      texts.push_back(concat(name.substr(prefix.size()), " ", metric_text(value)));
    }
  }
  return join(texts, ", ");
}

std::string speed_sentence(const wire::MetricsLine& line) {
  std::string text;
  const auto speed = line.values.find("perf/samples_per_second");
  if (speed == line.values.end() || !std::isfinite(speed->second)) return text;
  text = concat(with_thousands(std::llround(speed->second)), " samples/s");
  for (const auto& [name, words] : {std::pair("perf/comm_share", "in communication"),
                                    {"perf/data_share", "waiting for data"}}) {
    const auto share = line.values.find(name);
    if (share != line.values.end() && std::isfinite(share->second)) {
      text += concat(", ", std::llround(share->second * 100), "% ", words);
    }
  }
  return text;
}

std::string metrics_lines(const RunView& view) {
  const run::LastMetrics& metrics = view.files.metrics;
  std::string text;
  if (metrics.training) {
    text += labelled("training", concat(values_sentence(*metrics.training, "train/"), "  (step ",
                                        metrics.training->step, ")"));
  }
  if (metrics.evaluation) {
    text += labelled("evaluation", concat(values_sentence(*metrics.evaluation, "eval/"), "  (step ",
                                          metrics.evaluation->step, ")"));
  }
  if (metrics.training && !view.standing.has_ended) {
    const std::string speed = speed_sentence(*metrics.training);
    if (!speed.empty()) text += labelled("speed", speed);
  }
  return text;
}

/// One line a worker: after the end only those that should not be there any more.
std::string workers_lines(const RunView& view) {
  std::string text;
  std::size_t shown = 0;
  for (const WorkerView& worker : view.workers) {
    if (view.standing.has_ended && worker.life != Life::lives) continue;
    if (++shown > kMostWorkersInText) continue;
    text += labelled(shown == 1 ? "workers" : "",
                     concat("rank ", worker.facts.rank, " on ", worker.facts.host, ", pid ",
                            worker.facts.pid, ", ", to_string(worker.life)));
  }
  if (shown > kMostWorkersInText) {
    text += labelled("", concat("and ", shown - kMostWorkersInText, " more"));
  }
  return text;
}

std::string checkpoints_sentence(const RunView& view) {
  if (view.checkpoints.empty()) return "none";
  std::vector<std::string> steps;
  const std::size_t first =
      view.checkpoints.size() - std::min(view.checkpoints.size(), kMostCheckpointsInText);
  if (first > 0) steps.emplace_back("...");
  for (std::size_t i = first; i < view.checkpoints.size(); ++i) {
    steps.push_back(concat(view.checkpoints[i]));
  }
  return concat(steps.size() == 1 ? "step " : "steps ", join(steps, ", "));
}

const char* color_of(const Standing& standing) {
  if (standing.state == "completed") return kGreen;
  return standing.state == "failed" ? kRed : kAttention;
}

std::string next_lines(const RunView& view, const std::string& folder) {
  const bool has_failed = view.standing.state == "failed";
  if (!view.standing.has_ended) {
    return concat("\nFollow it:\n  muster logs ", shell_quoted(folder), " -f\n");
  }
  return has_failed
             ? concat("\nWhat its processes said:\n  muster logs ", shell_quoted(folder), "\n")
             : "";
}

nlohmann::ordered_json metrics_json(const std::optional<wire::MetricsLine>& line) {
  if (!line) return nullptr;
  nlohmann::ordered_json json = {{"step", line->step}, {"epoch", line->epoch}};
  for (const auto& [name, value] : line->values) json[name] = value;
  return json;
}

nlohmann::ordered_json coordinator_json(const RunView& view) {
  const JournalFacts& journal = view.files.journal;
  if (journal.coordinators == 0) return nullptr;
  return {{"number", journal.coordinators}, {"host", journal.host}, {"pid", journal.pid}};
}

}  // namespace

std::string_view to_string(Life life) {
  switch (life) {
    case Life::lives:
      return "alive";
    case Life::gone:
      return "gone";
    case Life::unknown:
      break;
  }
  return "unknown";
}

std::string status_text(const RunView& view, const std::string& folder, const Style& style) {
  const Standing& standing = view.standing;
  std::string text =
      concat(view.run.name(), " ", colored(standing.state, color_of(standing), style), "\n");
  if (!standing.reason.empty()) text += labelled("reason", standing.reason);
  text += labelled("progress", progress_sentence(view));
  text += metrics_lines(view);
  if (const auto left = seconds_left(view.files)) text += labelled("ETA", clock_text(*left));
  text += labelled(
      "started", concat(local_time(view.started), ", ", standing.has_ended ? "took " : "runs for ",
                        human_seconds(view.seconds)));
  if (view.files.journal.coordinators > 0 && !standing.has_ended) {
    text +=
        labelled("coordinator", concat("number ", view.files.journal.coordinators, " on ",
                                       view.files.journal.host, ", pid ", view.files.journal.pid));
  }
  text += workers_lines(view);
  text += labelled("checkpoints", checkpoints_sentence(view));
  return text + labelled("run folder", folder) + next_lines(view, folder);
}

nlohmann::ordered_json status_json(const RunView& view) {
  const run::Plan& plan = view.files.plan;
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["run"] = view.run.name();
  json["path"] = view.run.path().string();
  json["run_id"] = plan.run_id;
  json["state"] = view.standing.state;
  json["reason"] = view.standing.reason;
  json["has_ended"] = view.standing.has_ended;
  json["started"] = utc_time(view.started);
  json["seconds"] = view.seconds;
  json["step"] = view.step;
  json["total_steps"] = plan.total_steps;
  json["epoch"] = view.epoch;
  const auto left = seconds_left(view.files);
  json["seconds_left"] = left ? nlohmann::ordered_json(*left) : nlohmann::ordered_json(nullptr);
  json["training"] = metrics_json(view.files.metrics.training);
  json["evaluation"] = metrics_json(view.files.metrics.evaluation);
  json["generation"] = std::max(view.files.journal.generation, view.files.metrics.generation);
  json["coordinator"] = coordinator_json(view);
  json["workers"] = nlohmann::ordered_json::array();
  for (const WorkerView& worker : view.workers) {
    json["workers"].push_back({{"rank", worker.facts.rank},
                               {"host", worker.facts.host},
                               {"pid", worker.facts.pid},
                               {"process", to_string(worker.life)}});
  }
  json["checkpoints"] = view.checkpoints;
  return json;
}

}  // namespace muster::coordinator::cli::look
