#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/facts.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

std::string verdict_json(const Preparation& preparation) {
  nlohmann::ordered_json verdict;
  verdict["schema"] = 1;
  verdict["file"] = preparation.file;
  verdict["valid"] = preparation.problems.empty();
  verdict["problems"] = nlohmann::json::array();
  for (const Problem& problem : preparation.problems) {
    verdict["problems"].push_back({{"exit_status", problem.exit_status}, {"text", problem.text}});
  }
  verdict["warnings"] = preparation.warnings;
  return verdict.dump() + "\n";
}

std::string verdict_text(const Preparation& preparation) {
  const std::string note = lanes_note(preparation);
  return concat(preparation.file, " can be trained\n",
                labelled("model", model_sentence(preparation)),
                labelled("data", data_sentence(preparation)),
                labelled("training", training_sentence(preparation)),
                note.empty() ? "" : labelled("note", note));
}

}  // namespace

int validate_command(const ValidateOptions& options, const Terminal&) {
  const Preparation preparation = prepare(options.experiment, Depth::model);
  write_if_possible(STDERR_FILENO, text_of(preparation.problems));
  write_if_possible(STDERR_FILENO, warning_text(preparation.warnings));
  if (options.json) {
    write_all(STDOUT_FILENO, verdict_json(preparation));
  } else if (preparation.problems.empty()) {
    write_all(STDOUT_FILENO, verdict_text(preparation));
  }
  return exit_status(preparation.problems);
}

}  // namespace muster::coordinator::cli
