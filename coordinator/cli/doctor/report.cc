#include "coordinator/cli/doctor/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli::doctor {
namespace {

constexpr std::size_t kVerdictColumns = 9;
constexpr std::size_t kNameColumns = 15;

long long count(const std::vector<Finding>& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

const char* color_of(Verdict verdict) {
  if (verdict == Verdict::ok) return kGreen;
  return verdict == Verdict::warning ? kAttention : kRed;
}

}  // namespace

std::string finding_text(const Finding& finding, const Style& style, std::size_t width) {
  constexpr std::size_t kIndent = kVerdictColumns + kNameColumns;
  const std::string verdict = pad_left_aligned(to_string(finding.verdict), kVerdictColumns);
  const std::string head = colored(verdict, color_of(finding.verdict), style) +
                           pad_left_aligned(finding.name, kNameColumns);
  const std::size_t wide_enough = std::max(width, kIndent + 20);
  const std::string advice = finding.advice.empty() ? "" : "-> " + finding.advice;
  return head + paragraph(finding.seen, kIndent, wide_enough).erase(0, kIndent) +
         paragraph(advice, kIndent, wide_enough);
}

std::string verdict_text(const std::vector<Finding>& findings) {
  const long long problems = count(findings, Verdict::problem);
  const long long warnings = count(findings, Verdict::warning);
  const std::string warned = warnings == 0 ? "" : concat(", ", counted(warnings, "warning"));
  if (problems == 0) return concat("\nEverything is there that a training needs", warned, ".\n");
  return concat("\n", counted(problems, "problem"), warned, ": trainings will not work here.\n");
}

nlohmann::ordered_json findings_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json json = {{"schema", 1}, {"version", kVersion}};
  json["ok"] = count(findings, Verdict::problem) == 0;
  json["checks"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    json["checks"].push_back({{"name", finding.name},
                              {"verdict", to_string(finding.verdict)},
                              {"seen", finding.seen},
                              {"advice", finding.advice}});
  }
  return json;
}

int exit_status(const std::vector<Finding>& findings) {
  return count(findings, Verdict::problem) == 0 ? exit_code::kOk : exit_code::kUnreachable;
}

}  // namespace muster::coordinator::cli::doctor
