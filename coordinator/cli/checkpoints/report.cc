#include "coordinator/cli/checkpoints/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/run/best_metric.h"
#include "common/text.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/time_text.h"
#include "coordinator/cli/progress_line.h"

namespace muster::coordinator::cli::checkpoints {
namespace {

std::string metric_of(const Seen& seen) {
  if (!seen.state || !seen.state->is_evaluated()) return "-";
  const std::string best = run::best_metric(seen.state->eval);
  return best.empty() ? "-" : concat(best, " ", metric_text(seen.state->eval.at(best)));
}

/// What a checkpoint is in which such a look has found nothing wrong.
const char* good_word(Look look) { return look == Look::through ? "whole" : "complete"; }

}  // namespace

std::string list_text(const std::vector<Seen>& checkpoints, Look look,
                      std::chrono::system_clock::time_point now) {
  std::vector<std::vector<std::string>> rows = {{"step", "epoch", "size", "age", "metric", "is"}};
  for (const Seen& seen : checkpoints) {
    const double age = std::max(std::chrono::duration<double>(now - seen.written).count(), 0.0);
    const bool has_time = seen.written != std::chrono::system_clock::time_point();
    rows.push_back({seen.step ? std::to_string(*seen.step) : "-",
                    seen.state ? std::to_string(seen.state->epoch) : "-",
                    human_bytes(static_cast<double>(seen.bytes)),
                    has_time ? human_seconds(age) : "-", metric_of(seen),
                    seen.damages.empty() ? good_word(look) : "damaged"});
  }
  return table(rows, 0);
}

std::string verify_text(const std::vector<Seen>& checkpoints, const Style& style) {
  std::string text;
  for (const Seen& seen : checkpoints) {
    const bool is_whole = seen.damages.empty();
    text += concat(path_from_here(seen.path), ": ",
                   colored(is_whole ? "whole" : "damaged", is_whole ? kGreen : kRed, style), "\n");
    for (const checkpoint::Damage& damage : seen.damages) {
      text += concat("  ", damage.file, ": ", damage.what, "\n");
    }
  }
  return text;
}

nlohmann::ordered_json checkpoints_json(const std::vector<Seen>& checkpoints, Look look) {
  const auto is_whole = [](const Seen& seen) { return seen.damages.empty(); };
  nlohmann::ordered_json json = {{"schema", 1},
                                 {good_word(look), std::ranges::all_of(checkpoints, is_whole)},
                                 {"checkpoints", nlohmann::ordered_json::array()}};
  for (const Seen& seen : checkpoints) {
    nlohmann::ordered_json one = {{"path", seen.path}, {good_word(look), is_whole(seen)}};
    if (seen.step) one["step"] = *seen.step;
    one["bytes"] = seen.bytes;
    one["written"] = look::utc_time(seen.written);
    if (seen.state) {
      one["epoch"] = seen.state->epoch;
      one["eval"] = seen.state->eval;
      if (seen.state->eval_step) one["eval_step"] = *seen.state->eval_step;
      one["config_hash"] = seen.state->config_hash;
    }
    one["damages"] = nlohmann::ordered_json::array();
    for (const checkpoint::Damage& damage : seen.damages) {
      one["damages"].push_back({{"file", damage.file}, {"what", damage.what}});
    }
    json["checkpoints"].push_back(one);
  }
  return json;
}

}  // namespace muster::coordinator::cli::checkpoints
