#include "coordinator/net/records.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/text.h"
#include "coordinator/net/journal_entry.h"

namespace muster::coordinator {
namespace {

constexpr auto kLastLines = std::chrono::seconds(5);

std::int64_t take_number(const run::RunDirectory& run) {
  const nlohmann::json line{
      {"at", 0.0},
      {"event", {{"type", "coordinator_started"}, {"host", host_name()}, {"pid", ::getpid()}}},
      {"actions", nlohmann::json::array()},
      {"reason", "this number was free"}};
  return run::take_coordinator_number(run, run::journal_line(line));
}

}  // namespace

Records::Records(run::RunDirectory run)
    : run_(std::move(run)), number_(take_number(run_)), recorder_(run_, number_) {}

void Records::require_the_latest_number() const {
  try {
    if (!run::is_superseded(run_, number_)) return;
  } catch (const Error& error) {
    return log::warning(error.what());
  }
  throw Error(ErrorCode::aborted,
              concat(run_.path().string(), ": coordinator ", number_, " has a successor"));
}

bool Records::successor_is_here() const {
  std::string host;
  try {
    const auto numbers = run::coordinator_numbers(run_);
    const auto next = std::upper_bound(numbers.begin(), numbers.end(), number_);
    if (next == numbers.end()) return false;
    const auto lines = run::read_journal(run_.journal_of(*next).string());
    if (lines.empty()) return false;
    host = lines.front().at("event").at("host").get<std::string>();
  } catch (const std::exception& error) {
    log::warning(concat("cannot read where the successor runs: ", error.what()));
  }
  return host == host_name();
}

void Records::publish_address(const std::string& host, int port) {
  run::publish_address(run_, {.number = number_, .host = host, .port = port, .pid = ::getpid()});
  std::error_code error;
  std::filesystem::remove(run_.summary(), error);
  if (error) {
    throw Error(ErrorCode::storage,
                concat(run_.summary().string(), ": cannot remove: ", error.message()));
  }
}

void Records::write_summary(const run::Summary& summary) {
  recorder_.flush(kLastLines);
  require_the_latest_number();
  run::write_summary(run_.summary().string(), summary);
}

void Records::journal(double at_seconds, const Event& event, const Decision& decision) {
  recorder_.journal(journal_entry(at_seconds, event, decision));
}

void Records::ledger(const Ledger& ledger, const std::optional<ProcessIdentity>& launcher) {
  recorder_.ledger({.coordinator = number_, .ledger = ledger, .launcher = launcher});
}

void Records::metrics(const wire::MetricsLine& line, Generation generation) {
  recorder_.metrics(line, generation);
}

}  // namespace muster::coordinator
