// What `muster plan` prints: for people and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "coordinator/cli/memory_plan.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/launch/mpirun.h"

namespace muster::coordinator::cli {

struct PlanReport {
  const Preparation& preparation;
  std::vector<WorldMemory> memory;  // The asked world first, then smaller ones.
  StepTraffic traffic;
  coordinator::Command launch;
};

/// Ended by a newline.
std::string plan_text(const PlanReport& report);

/// schema 1; sizes in bytes.
nlohmann::json plan_json(const PlanReport& report);

}  // namespace muster::coordinator::cli
