#include "coordinator/net/ledger_record.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/run/journal.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::coordinator {
namespace {

using nlohmann::json;

// One list of keys for both directions.
template <class L>
void visit_numbers(L& ledger, auto&& visit) {
  visit("generation", ledger.generation);
  visit("restarts", ledger.restarts);
  visit("restarts_counted", ledger.restarts_counted);
  visit("forgiven_from", ledger.forgiven_from);
  visit("furthest", ledger.furthest);
  visit("steps_redone", ledger.steps_redone);
  visit("redo_seconds", ledger.redo_seconds);
  visit("recovery_seconds", ledger.recovery_seconds);
  visit("wall_seconds", ledger.wall_seconds);
  visit("stepping_seconds", ledger.stepping_seconds);
  visit("existing_seconds", ledger.existing_seconds);
  visit("checkpoint_failures", ledger.checkpoint_failures);
}

template <class H>
void visit_handover(H& handover, auto&& visit) {
  visit("was_complete", handover.was_complete);
  visit("has_restored", handover.has_restored);
  visit("steps", handover.steps);
  visit("redo_until", handover.redo_until);
  visit("is_recovering", handover.is_recovering);
  visit("open_recoveries", handover.open_recoveries);
}

template <class C>
void visit_members(C& checkpoint, auto&& visit) {
  visit("step", checkpoint.step);
  visit("path", checkpoint.path);
  visit("model_sha256", checkpoint.model_sha256);
}

auto writer_to(json& object) {
  return [&object](const char* key, const auto& value) { object[key] = value; };
}

/// The numbers of the coordinators that left a journal, the last one first.
std::vector<std::int64_t> journal_numbers(const run::RunDirectory& run) {
  std::vector<std::int64_t> numbers;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(run.journal(), error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::int64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc{} && name == concat(number, ".jsonl")) numbers.push_back(number);
  }
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

}  // namespace

json ledger_entry(double at_seconds, const LedgerRecord& record) {
  json event{{"type", "ledger"}, {"launcher", nullptr}};
  visit_numbers(record.ledger, writer_to(event));
  visit_handover(record.ledger.handover, writer_to(event["handover"] = json::object()));
  const auto& stop = record.ledger.handover.stop;
  event["handover"]["stop"] = stop ? json(stop->signal) : json();
  event["checkpoints"] = json::array();
  for (const auto& checkpoint : record.ledger.checkpoints) {
    visit_members(checkpoint, writer_to(event["checkpoints"].emplace_back(json::object())));
  }
  if (record.launcher) {
    event["launcher"] = {{"host", record.launcher->host},
                         {"pid", record.launcher->pid},
                         {"start_time", record.launcher->start_time}};
  }
  return {{"at", at_seconds},
          {"event", std::move(event)},
          {"actions", json::array()},
          {"reason", "for a later coordinator"}};
}

std::optional<LedgerRecord> ledger_in(const json& entry) {
  const auto event = entry.find("event");
  if (event == entry.end() || !event->is_object() || event->value("type", json()) != "ledger") {
    return std::nullopt;
  }
  LedgerRecord record;
  const wire::JsonReader read(*event, ErrorCode::corrupt);
  visit_numbers(record.ledger, read);
  json handover;
  read("handover", handover);
  const wire::JsonReader read_handover(handover, ErrorCode::corrupt);
  visit_handover(record.ledger.handover, read_handover);
  json stop;
  read_handover("stop", stop);
  if (!stop.is_null()) read_handover("stop", record.ledger.handover.stop.emplace().signal);
  json checkpoints;
  read("checkpoints", checkpoints);
  for (const json& item : checkpoints) {
    visit_members(record.ledger.checkpoints.emplace_back(),
                  wire::JsonReader(item, ErrorCode::corrupt));
  }
  json launcher;
  read("launcher", launcher);
  if (!launcher.is_null()) {
    const wire::JsonReader read_launcher(launcher, ErrorCode::corrupt);
    ProcessIdentity& identity = record.launcher.emplace();
    read_launcher("host", identity.host);
    read_launcher("pid", identity.pid);
    read_launcher("start_time", identity.start_time);
  }
  return record;
}

std::optional<LedgerRecord> newest_ledger(const run::RunDirectory& run) {
  for (const std::int64_t number : journal_numbers(run)) {
    const auto lines = run::read_journal((run.journal() / concat(number, ".jsonl")).string());
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      if (auto record = ledger_in(*line)) return record;
    }
  }
  return std::nullopt;
}

}  // namespace muster::coordinator
