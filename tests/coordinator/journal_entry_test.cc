#include "coordinator/net/journal_entry.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace muster::coordinator {
namespace {

TEST(JournalEntry, HoldsEventActionsAndReason) {
  const Event event =
      LauncherExited{.generation = 3,
                     .end = {.exit_code = 1, .signal = 0},
                     .reported = WorkerEnd{
                         .rank = 2, .host = "n1", .pid = 44, .end = {.exit_code = 0, .signal = 9}}};
  const Decision decision{.actions = {KillGeneration{3}, End{70}}, .reason = "because"};
  const auto expected = nlohmann::json::parse(R"({
    "at": 1.5, "reason": "because",
    "event": {"type": "launcher_exited", "generation": 3, "end": {"exit_code": 1},
              "reported": {"rank": 2, "host": "n1", "pid": 44, "end": {"signal": 9}}},
    "actions": [{"type": "kill", "generation": 3}, {"type": "end", "exit_status": 70}]})");
  EXPECT_EQ(journal_entry(1.5, event, decision), expected);
}

TEST(JournalEntry, NamesEveryKindOfEvent) {
  const std::vector<std::pair<Event, std::string>> events = {
      {Started{}, "started"},
      {Adopted{}, "adopted"},
      {WorkerConnected{}, "worker_connected"},
      {WorkerSpoke{}, "worker_spoke"},
      {ConnectionLost{}, "connection_lost"},
      {LauncherExited{}, "launcher_exited"},
      {LaunchFailed{}, "launch_failed"},
      {Interrupted{2}, "interrupted"},
      {StopRequested{}, "stop_requested"},
      {Tick{}, "tick"},
  };
  ASSERT_EQ(events.size(), std::variant_size_v<Event>);
  for (const auto& [event, name] : events) {
    EXPECT_EQ(journal_entry(0, event, {}).at("event").at("type"), name);
  }
}

}  // namespace
}  // namespace muster::coordinator
