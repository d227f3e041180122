#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/config/explain.h"
#include "common/config/json_schema.h"
#include "common/config/reference.h"
#include "common/error.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/explain_report.h"
#include "coordinator/cli/outlet.h"

namespace muster::coordinator::cli {

int explain_command(const ExplainOptions& options, const Terminal&) {
  if (options.markdown || options.json_schema) {
    write_all(STDOUT_FILENO,
              options.markdown ? config::experiment_reference() : config::experiment_json_schema());
    return exit_code::kOk;
  }
  const std::vector<config::Explanation> explanations = config::explain(options.key);
  if (explanations.empty()) {
    const std::string near = config::suggest(options.key);
    write_if_possible(STDERR_FILENO,
                      concat("error: there is no key '", options.key, "'",
                             near.empty() ? "" : concat(" (did you mean '", near, "'?)"),
                             "\n'muster explain' without a key lists all\n"));
    return exit_code::kUsage;
  }
  write_all(STDOUT_FILENO, options.json ? explanations_json(explanations).dump(2) + "\n"
                                        : explanations_text(explanations));
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
