#include "coordinator/net/journal_entry.h"

#include <nlohmann/json.hpp>

namespace muster::coordinator {
namespace {

using nlohmann::json;

json to_json(const ProcessEnd& end) {
  if (!end.is_known) return json::object();
  return end.signal != 0 ? json{{"signal", end.signal}} : json{{"exit_code", end.exit_code}};
}

/// The name of the message, and what is needed to understand the decision.
struct MessageText {
  json operator()(const wire::Hello&) const { return {{"type", "hello"}}; }
  json operator()(const wire::Heartbeat& m) const {
    return {{"type", "heartbeat"}, {"phase", wire::to_string(m.phase)}, {"step", m.step}};
  }
  json operator()(const wire::Restored& m) const {
    return {{"type", "restored"}, {"step", m.step}, {"source", m.source}};
  }
  json operator()(const wire::MetricsLine& m) const {
    return {{"type", "metrics"}, {"step", m.step}};
  }
  json operator()(const wire::CheckpointWritten& m) const {
    return {{"type", "checkpoint_written"}, {"step", m.step}, {"path", m.path}};
  }
  json operator()(const wire::CheckpointFailed& m) const {
    return {{"type", "checkpoint_failed"}, {"step", m.step}, {"reason", m.reason}};
  }
  json operator()(const wire::Remark& m) const { return {{"type", "remark"}, {"text", m.text}}; }
  json operator()(const wire::Finished& m) const {
    return {{"type", "finished"}, {"stopped", m.stopped}, {"steps", m.steps}};
  }
  json operator()(const wire::Failed& m) const {
    return {{"type", "failed"}, {"code", m.code}, {"message", m.message}, {"step", m.step}};
  }
  json operator()(const wire::Stop&) const { return {{"type", "stop"}}; }
  json operator()(const wire::Taken&) const { return {{"type", "taken"}}; }
  json operator()(const wire::Replaced&) const { return {{"type", "replaced"}}; }
};

struct EventText {
  json operator()(const Started&) const { return {{"type", "started"}}; }
  json operator()(const Adopted& e) const {
    return {{"type", "adopted"}, {"launcher_is_running", e.launcher_is_running}};
  }
  json operator()(const WorkerConnected& e) const {
    return {{"type", "worker_connected"}, {"generation", e.hello.generation},
            {"rank", e.hello.rank},       {"world", e.hello.world},
            {"host", e.hello.host},       {"pid", e.hello.pid}};
  }
  json operator()(const WorkerSpoke& e) const {
    return {{"type", "worker_spoke"},
            {"generation", e.generation},
            {"rank", e.rank},
            {"message", std::visit(MessageText{}, e.message)}};
  }
  json operator()(const ConnectionLost& e) const {
    return {{"type", "connection_lost"},
            {"generation", e.generation},
            {"rank", e.rank},
            {"why", e.why}};
  }
  json operator()(const LauncherExited& e) const {
    json entry{{"type", "launcher_exited"}, {"generation", e.generation}, {"end", to_json(e.end)}};
    if (e.reported) {
      entry["reported"] = {{"rank", e.reported->rank},
                           {"pid", e.reported->pid},
                           {"host", e.reported->host},
                           {"end", to_json(e.reported->end)}};
    }
    return entry;
  }
  json operator()(const LaunchFailed& e) const {
    return {{"type", "launch_failed"}, {"generation", e.generation}, {"message", e.message}};
  }
  json operator()(const Interrupted& e) const {
    return {{"type", "interrupted"}, {"signal", e.signal}};
  }
  json operator()(const StopRequested& e) const {
    return {{"type", "stop_requested"}, {"reason", e.reason}};
  }
  json operator()(const Tick&) const { return {{"type", "tick"}}; }
};

struct ActionText {
  json operator()(const LaunchGeneration& a) const {
    return {{"type", "launch"}, {"generation", a.generation}};
  }
  json operator()(const KillGeneration& a) const {
    return {{"type", "kill"}, {"generation", a.generation}};
  }
  json operator()(const SendStop& a) const { return {{"type", "send_stop"}, {"reason", a.reason}}; }
  json operator()(const CloseConnection&) const { return {{"type", "close_connection"}}; }
  json operator()(const DismissWorker&) const { return {{"type", "dismiss_worker"}}; }
  json operator()(const AppendMetrics& a) const {
    return {{"type", "append_metrics"}, {"step", a.line.step}};
  }
  json operator()(const AnnounceCheckpoint& a) const {
    return {{"type", "announce_checkpoint"}, {"step", a.checkpoint.step}};
  }
  json operator()(const PublishState& a) const {
    return {{"type", "publish_state"}, {"state", run::to_string(a.state)}, {"reason", a.reason}};
  }
  json operator()(const Notify& a) const { return {{"type", "notify"}, {"text", a.text}}; }
  json operator()(const WriteSummary& a) const {
    return {{"type", "write_summary"}, {"status", run::to_string(a.summary.status)}};
  }
  json operator()(const End& a) const { return {{"type", "end"}, {"exit_status", a.exit_status}}; }
};

}  // namespace

json journal_entry(double at_seconds, const Event& event, const Decision& decision) {
  json actions = json::array();
  for (const auto& action : decision.actions) actions.push_back(std::visit(ActionText{}, action));
  return {{"at", at_seconds},
          {"event", std::visit(EventText{}, event)},
          {"actions", std::move(actions)},
          {"reason", decision.reason}};
}

}  // namespace muster::coordinator
