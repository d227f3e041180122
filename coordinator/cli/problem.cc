#include "coordinator/cli/problem.h"

#include "common/text.h"

namespace muster::coordinator::cli {

std::string error_text(const Error& error) {
  const std::string hint = error.hint().empty() ? "" : concat(" (", error.hint(), ")");
  return concat("error: ", error.what(), hint);
}

Problem problem_of(const config::Diagnostic& diagnostic) {
  return {exit_code::kBadConfig, diagnostic.text()};
}

Problem problem_of(const Error& error) { return {exit_status(error.code()), error_text(error)}; }

std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.text + "\n";
  }
  return text;
}

std::string warning_text(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) {
    text += concat("warning: ", warning, "\n");
  }
  return text;
}

}  // namespace muster::coordinator::cli
