#include "coordinator/cli/look/list_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/run/best_metric.h"
#include "common/text.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/status_report.h"
#include "coordinator/cli/look/time_text.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli::look {
namespace {

constexpr std::size_t kMinutes = 16;  // "2026-11-24 08:20": seconds would not fit 80 columns.
constexpr std::size_t kState = 1;     // The column that has a colour.

/// "accuracy 0.9861": of the last evaluation, else the training loss.
std::string metric_of(const RunView& view) {
  std::map<std::string, double> values;
  if (const auto& line = view.files.metrics.evaluation) {
    for (const auto& [name, value] : line->values) {
      if (name.starts_with("eval/")) values[name.substr(5)] = value;
    }
  }
  const std::string best = run::best_metric(values);
  if (!best.empty()) return concat(best, " ", metric_text(values.at(best)));
  if (const auto& line = view.files.metrics.training) {
    const auto loss = line->values.find("train/loss");
    if (loss != line->values.end()) return concat("loss ", metric_text(loss->second));
  }
  return "-";
}

std::vector<std::string> row_of(const ListedRun& run) {
  if (!run.view) return {run.name, "unreadable", "-", "-", "-", "-"};
  const RunView& view = *run.view;
  return {run.name,
          view.standing.state,
          concat(view.step, "/", view.files.plan.total_steps),
          metric_of(view),
          local_time(view.started).substr(0, kMinutes),
          human_seconds(view.seconds)};
}

const char* color_of(const std::string& state) {
  if (state == "completed") return kGreen;
  return state == "failed" || state == "unreadable" ? kRed : kAttention;
}

}  // namespace

std::string list_text(const std::vector<ListedRun>& runs, const Style& style) {
  std::vector<std::vector<std::string>> rows = {
      {"run", "state", "steps", "metric", "started", "took"}};
  for (const ListedRun& run : runs) rows.push_back(row_of(run));
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool is_last = i + 1 == widths.size();
      std::string cell = is_last ? rows[r][i] : pad_left_aligned(rows[r][i], widths[i]);
      if (r > 0 && i == kState) cell = colored(cell, color_of(rows[r][i]), style);
      cells.push_back(cell);
    }
    text += join(cells, "  ") + "\n";
  }
  return text;
}

nlohmann::ordered_json list_json(const std::string& root, const std::vector<ListedRun>& runs) {
  nlohmann::ordered_json json = {{"schema", 1}, {"root", root}};
  json["runs"] = nlohmann::ordered_json::array();
  for (const ListedRun& run : runs) {
    json["runs"].push_back(
        run.view
            ? status_json(*run.view)
            : nlohmann::ordered_json{{"schema", 1}, {"run", run.name}, {"problem", run.problem}});
  }
  return json;
}

}  // namespace muster::coordinator::cli::look
