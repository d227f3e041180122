#include "coordinator/net/records.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/host_name.h"
#include "common/run/fence.h"
#include "common/run/metrics_reader.h"
#include "common/text.h"
#include "coordinator/net/journal_entry.h"

namespace muster::coordinator {
namespace {

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
    : run_(std::move(run)),
      number_(take_number(run_)),
      journal_((run_.journal() / concat(number_, ".jsonl")).string()),
      metrics_(run_) {
  const run::LastMetrics last = run::read_last_metrics(run_.metrics().string());
  generation_ = last.generation;
  if (last.training) trained_ = last.training->step;
  if (last.evaluation) evaluated_ = last.evaluation->step;
  std::error_code error;
  std::filesystem::remove(run_.summary(), error);
  if (error) {
    throw Error(ErrorCode::storage,
                concat(run_.summary().string(), ": cannot remove: ", error.message()));
  }
}

bool Records::is_superseded() const { return run::is_superseded(run_, number_); }

void Records::require_the_latest_number() const {
  if (is_superseded()) {
    throw Error(ErrorCode::aborted,
                concat(run_.path().string(), ": coordinator ", number_, " has a successor"));
  }
}

void Records::publish_address(const std::string& host, int port) {
  run::publish_address(run_, {.number = number_, .host = host, .port = port, .pid = ::getpid()});
}

void Records::append_metrics(const wire::MetricsLine& line, Generation generation) {
  require_the_latest_number();
  if (is_new(line, generation)) metrics_.append(line, generation);
}

bool Records::is_new(const wire::MetricsLine& line, Generation generation) {
  if (generation != generation_) {
    generation_ = generation;
    trained_ = evaluated_ = -1;
  }
  const auto first = line.values.lower_bound("eval/");
  const bool is_evaluation = first != line.values.end() && first->first.starts_with("eval/");
  std::int64_t& last = is_evaluation ? evaluated_ : trained_;
  if (line.step <= last) return false;
  last = line.step;
  return true;
}

void Records::write_summary(const run::Summary& summary) {
  require_the_latest_number();
  run::write_summary(run_.summary().string(), summary);
}

void Records::journal(double at_seconds, const Event& event, const Decision& decision) {
  journal_.append(journal_entry(at_seconds, event, decision));
}

void Records::ledger(double at_seconds, const LedgerRecord& record) {
  journal_.append(ledger_entry(at_seconds, record));
}

}  // namespace muster::coordinator
