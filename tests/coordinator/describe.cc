#include "tests/coordinator/describe.h"

#include "common/text.h"

namespace muster::coordinator {
namespace {

struct ActionText {
  std::string operator()(const LaunchGeneration& a) const {
    return concat("launch generation ", a.generation);
  }
  std::string operator()(const KillGeneration& a) const {
    return concat("kill generation ", a.generation);
  }
  std::string operator()(const SendStop& a) const {
    return concat("send Stop on connection ", static_cast<std::uint64_t>(a.connection), " (",
                  a.reason, ")");
  }
  std::string operator()(const CloseConnection& a) const {
    return concat("close connection ", static_cast<std::uint64_t>(a.connection));
  }
  std::string operator()(const DismissWorker& a) const {
    return concat("dismiss the worker on connection ", static_cast<std::uint64_t>(a.connection),
                  ": generation ", a.generation, " is the present one");
  }
  std::string operator()(const AppendMetrics& a) const {
    return concat("append metrics of step ", a.line.step);
  }
  std::string operator()(const AnnounceCheckpoint& a) const {
    return concat("announce checkpoint of step ", a.checkpoint.step);
  }
  std::string operator()(const PublishState& a) const {
    return concat("state ", run::to_string(a.state), ": ", a.reason);
  }
  std::string operator()(const Notify& a) const {
    std::string text = "notice: " + a.text;
    if (a.excerpt && a.excerpt->rank) text += concat(" [log of worker ", *a.excerpt->rank, "]");
    if (a.excerpt && !a.excerpt->rank) text += " [log of the launcher]";
    return text;
  }
  std::string operator()(const WriteSummary& a) const {
    std::string text =
        concat("summary: ", run::to_string(a.summary.status), ", steps ", a.summary.steps,
               ", samples ", a.summary.samples_seen, ", reason '", a.summary.failure_reason, "'");
    if (a.summary.restarts > 0) {
      text += concat(", ", a.summary.restarts, " restarts, ", a.summary.steps_redone,
                     " steps redone in ", a.summary.redo_seconds, " s, recovered in");
      for (const double seconds : a.summary.recovery_seconds) text += concat(" ", seconds);
    }
    return text;
  }
  std::string operator()(const End& a) const {
    return concat("end with ", a.exit_status, a.keeps_snapshots ? "; the snapshots stay" : "");
  }
};

}  // namespace

std::string describe(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) text += "  " + std::visit(ActionText{}, action) + "\n";
  return text;
}

}  // namespace muster::coordinator
