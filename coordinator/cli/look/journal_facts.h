// What the journal of a run says about its present: state, processes, launches.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/run/run_directory.h"

namespace muster::coordinator::cli::look {

struct WorkerFacts {
  int rank = 0;
  std::string host;
  std::int64_t pid = 0;
};

struct JournalFacts {
  std::int64_t coordinators = 0;  // 0: no coordinator ever started, as in a direct launch.
  std::string host;               // Of the last coordinator; empty: not said.
  std::int64_t pid = 0;
  std::int64_t generation = 0;
  std::string state;  // As last published; empty before.
  std::string reason;
  std::vector<WorkerFacts> workers;  // Of the last generation, by rank.
};

/// Takes in one line of a journal. Pure; what it does not know it leaves out.
void take(const nlohmann::json& line, JournalFacts& facts);

/// All journals of the run, oldest first. Throws Error{storage} when one cannot be read.
JournalFacts read_journal_facts(const run::RunDirectory& run);

}  // namespace muster::coordinator::cli::look
