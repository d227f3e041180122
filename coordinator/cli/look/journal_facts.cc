#include "coordinator/cli/look/journal_facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/run/fence.h"
#include "common/run/journal.h"

namespace muster::coordinator::cli::look {
namespace {

/// The member, or what it is when it is missing or of another type.
template <class T>
T value_of(const nlohmann::json& object, const char* key, T otherwise) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  const bool fits =
      std::is_same_v<T, std::string> ? found->is_string() : found->is_number_integer();
  return fits ? found->get<T>() : otherwise;
}

void take_worker(const nlohmann::json& event, JournalFacts& facts) {
  const WorkerFacts worker{.rank = value_of(event, "rank", 0),
                           .host = value_of(event, "host", std::string()),
                           .pid = value_of(event, "pid", std::int64_t{0})};
  if (value_of(event, "generation", std::int64_t{0}) < facts.generation) return;
  std::erase_if(facts.workers, [&](const auto& known) { return known.rank == worker.rank; });
  const auto place = std::find_if(facts.workers.begin(), facts.workers.end(),
                                  [&](const auto& known) { return known.rank > worker.rank; });
  facts.workers.insert(place, worker);
}

}  // namespace

void take(const nlohmann::json& line, JournalFacts& facts) {
  const nlohmann::json event = line.value("event", nlohmann::json::object());
  const std::string type = value_of(event, "type", std::string());
  if (type == "coordinator_started") {
    ++facts.coordinators;
    facts.host = value_of(event, "host", std::string());
    facts.pid = value_of(event, "pid", std::int64_t{0});
  } else if (type == "worker_connected") {
    take_worker(event, facts);
  }
  for (const nlohmann::json& action : line.value("actions", nlohmann::json::array())) {
    const std::string what = value_of(action, "type", std::string());
    if (what == "launch") {
      facts.generation = value_of(action, "generation", facts.generation);
      facts.workers.clear();
    } else if (what == "publish_state") {
      facts.state = value_of(action, "state", std::string());
      facts.reason = value_of(action, "reason", std::string());
    }
  }
}

JournalFacts read_journal_facts(const run::RunDirectory& run) {
  JournalFacts facts;
  for (const std::int64_t number : run::coordinator_numbers(run)) {
    run::read_journal(run.journal_of(number).string(),
                      [&](const nlohmann::json& line) { take(line, facts); });
  }
  return facts;
}

}  // namespace muster::coordinator::cli::look
