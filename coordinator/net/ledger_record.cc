#include "coordinator/net/ledger_record.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/checkpoint/generation.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/codec.h"
#include "common/wire/json.h"

namespace muster::coordinator {
namespace {

using nlohmann::json;

auto writer_to(json& object) {
  return [&object](const char* key, const auto& value) { object[key] = value; };
}

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
  visit("checkpoints", ledger.checkpoints);
  visit("model_sha256", ledger.model_sha256);
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
  visit("has_ended", handover.has_ended);
}

template <class E>
void visit_ending(E& ending, auto&& visit) {
  visit("reason", ending.reason);
  visit("exit_status", ending.exit_status);
}

json json_of(const Handover& handover) {
  json object = {{"finished", nullptr}, {"ending", nullptr}};
  visit_handover(handover, writer_to(object));
  object["stop"] = handover.stop ? json(handover.stop->signal) : json();
  if (handover.finished) object["finished"] = json::parse(wire::encode(*handover.finished));
  if (handover.ending) {
    visit_ending(*handover.ending, writer_to(object["ending"] = json::object()));
    object["ending"]["status"] = run::to_string(handover.ending->status);
  }
  return object;
}

wire::Finished finished_from(const json& object) {
  const wire::Message message = wire::decode(wire::json_text(object));
  if (const auto* finished = std::get_if<wire::Finished>(&message)) return *finished;
  throw Error(ErrorCode::corrupt, "key 'finished' holds another message");
}

Handover handover_from(const json& object) {
  Handover handover;
  const wire::JsonReader read(object, ErrorCode::corrupt);
  visit_handover(handover, read);
  json stop;
  read("stop", stop);
  if (!stop.is_null()) read("stop", handover.stop.emplace().signal);
  json finished;
  read("finished", finished);
  if (!finished.is_null()) handover.finished = finished_from(finished);
  json ending;
  read("ending", ending);
  if (ending.is_null()) return handover;
  const wire::JsonReader read_ending(ending, ErrorCode::corrupt);
  visit_ending(handover.ending.emplace(), read_ending);
  std::string status;
  read_ending("status", status);
  handover.ending->status = run::status_from(status);
  return handover;
}

template <class I>
void visit_identity(I& identity, auto&& visit) {
  visit("host", identity.host);
  visit("pid", identity.pid);
  visit("start_time", identity.start_time);
}

/// What `look` finds in the folder; 0, and logged, when it cannot look.
template <class Look>
std::int64_t seen(const Look& look) {
  try {
    return look();
  } catch (const Error& error) {
    log::warning(concat(error.what(), "; the generation is taken from the ledger alone"));
    return 0;
  }
}

std::int64_t generation_in(const run::RunDirectory& run) {
  std::error_code error;
  const bool has_checkpoints = std::filesystem::exists(run.checkpoints(), error);
  return std::max(seen([&] { return run.newest_launcher_log(); }), seen([&] {
                    return has_checkpoints ? checkpoint::present_generation(run.checkpoints()) : 0;
                  }));
}

std::optional<LedgerRecord> newest_readable(const run::RunDirectory& run) {
  const std::vector<std::int64_t> numbers = run::coordinator_numbers(run);
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const std::string path = run.ledger_of(*number).string();
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;  // It died before it kept one.
    try {
      return ledger_from(run::read_json_file(path));
    } catch (const Error& problem) {
      log::warning(concat(path, ": ", problem.what(), "; the one before it counts"));
    }
  }
  return std::nullopt;
}

}  // namespace

json ledger_json(const LedgerRecord& record) {
  json object{{"schema", run::kSchema}, {"coordinator", record.coordinator}, {"launcher", nullptr}};
  visit_numbers(record.ledger, writer_to(object));
  object["handover"] = json_of(record.ledger.handover);
  if (record.launcher) {
    visit_identity(*record.launcher, writer_to(object["launcher"] = json::object()));
  }
  return object;
}

LedgerRecord ledger_from(const json& object) {
  run::check_schema(object);
  LedgerRecord record;
  const wire::JsonReader read(object, ErrorCode::corrupt);
  read("coordinator", record.coordinator);
  visit_numbers(record.ledger, read);
  json handover;
  read("handover", handover);
  record.ledger.handover = handover_from(handover);
  json launcher;
  read("launcher", launcher);
  if (!launcher.is_null()) {
    visit_identity(record.launcher.emplace(), wire::JsonReader(launcher, ErrorCode::corrupt));
  }
  return record;
}

void write_ledger(const run::RunDirectory& run, const LedgerRecord& record) {
  run::write_json_file(run.ledger_of(record.coordinator).string(), ledger_json(record));
}

std::optional<LedgerRecord> newest_ledger(const run::RunDirectory& run) {
  std::optional<LedgerRecord> record = newest_readable(run);
  const Generation launched = generation_in(run);
  if (launched <= (record ? record->ledger.generation : 0)) return record;
  if (!record) record.emplace();
  record->ledger.generation = launched;
  // Only a world that worked is followed by another one.
  record->ledger.handover = {.was_complete = launched > 1};
  record->ledger.handover.steps = record->ledger.furthest;
  record->launcher.reset();
  return record;
}

}  // namespace muster::coordinator
