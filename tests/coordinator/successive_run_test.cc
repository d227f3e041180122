// Runs that have more than one coordinator, one after the other or at once, with a real mpirun.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/host_name.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "coordinator/launch/parent.h"
#include "coordinator/net/coordinator.h"
#include "coordinator/net/launcher.h"
#include "coordinator/net/ledger_record.h"
#include "tests/coordinator/run_fixture.h"

namespace muster::coordinator {
namespace {

using ::testing::HasSubstr;

class SuccessiveRun : public RunFixture {
 protected:
  /// Coordinator `number` goes on with the world that is there, and is asked to stop.
  void take_over_and_stop(std::int64_t number) {
    start({});
    wait_for_coordinator(number);
    wait_for_output("state training");
    signal_parent(SIGTERM);
    EXPECT_EQ(wait_for_end(), 75) << output();
    EXPECT_EQ(summary().generations, 1);
  }

  /// What another coordinator does first.
  void take_number_on(const std::string& host) {
    run::take_coordinator_number(
        run(), run::journal_line({{"event", {{"type", "coordinator_started"}, {"host", host}}}}));
  }
};

TEST_F(SuccessiveRun, GoesOnWithTheSameGenerationWhenTheCoordinatorIsKilled) {
  start({{"FAKE_WORKER_STEPS", "60"}});
  wait_until_all_train();
  for (const char* const reached : {"step 10\n", "step 30\n"}) {
    wait_for_output(reached);
    ::kill(coordinator_id(), SIGKILL);
  }
  EXPECT_EQ(wait_for_end(), 0) << output();
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::completed);
  EXPECT_EQ(result.steps, 60);
  EXPECT_EQ(result.generations, 1);
  EXPECT_EQ(result.restarts, 0);
  EXPECT_EQ(result.steps_redone, 0);
  EXPECT_GT(result.wall_seconds, 0.6);
  expect_each_step_once(60);
  EXPECT_TRUE(std::filesystem::exists(run().journal() / "3.jsonl"));
  EXPECT_THAT(output(), HasSubstr("notice the coordinator died; another one has taken its place"));
  expect_nothing_left();
}

TEST_F(SuccessiveRun, LaunchesTheNextGenerationWhenTheWorldDiedWithTheCoordinator) {
  start({{"FAKE_WORKER_STEPS", "60"}});
  wait_until_all_train();
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  ::kill(static_cast<pid_t>(kept->launcher->pid), SIGSTOP);  // It cannot be told of its end.
  ::kill(coordinator_id(), SIGSTOP);
  ::kill(static_cast<pid_t>(kept->launcher->pid), SIGKILL);
  ::kill(coordinator_id(), SIGKILL);
  EXPECT_EQ(wait_for_end(), 0) << output();
  EXPECT_EQ(summary().generations, 2);
  EXPECT_EQ(summary().restarts, 1);
  expect_nothing_left();
}

// The disk was full when the second generation was launched.
TEST_F(SuccessiveRun, ASuccessorEndsTheWorldThatItsLedgerDoesNotKnow) {
  start({{"FAKE_WORKER_STEPS", "100"}, {"FAKE_WORKER_PLAN", "1@6:signal 9"}});
  wait_for_output("notice back after ");
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  ASSERT_EQ(kept->ledger.generation, 2);
  ::kill(coordinator_id(), SIGSTOP);
  LedgerRecord stale = *kept;
  stale.ledger.generation = 1;
  stale.launcher->start_time = 1;  // That mpirun has died.
  write_ledger(run(), stale);
  ::kill(coordinator_id(), SIGKILL);
  EXPECT_EQ(wait_for_end(), 0) << output();
  EXPECT_EQ(summary().generations, 3);
  EXPECT_FALSE(running_process(*kept->launcher));
  expect_nothing_left();
}

TEST_F(SuccessiveRun, EndsWhatTheKilledCoordinatorHadBeenAskedToEnd) {
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "0@0:deaf;1@0:deaf"}});
  set_cluster("grace: 1s");
  wait_until_all_train();
  signal_parent(SIGTERM);
  wait_for_output("notice stopping");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // For the journal.
  ::kill(coordinator_id(), SIGKILL);
  EXPECT_EQ(wait_for_end(), 128 + SIGTERM) << output();
  EXPECT_EQ(summary().status, run::Status::preempted);
  expect_nothing_left();
}

TEST_F(SuccessiveRun, LeavesTheWorldAloneWhenCoordinatorsDieOneAfterTheOther) {
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "1@1:orphan"}});
  wait_until_all_train();
  for (int number = 1; number <= 6; ++number) {
    wait_for_coordinator(number);
    ::kill(coordinator_id(), SIGKILL);
  }
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  EXPECT_TRUE(running_process(*kept->launcher));
  signal_parent(SIGTERM);  // Does not wait for the half minute until the next one.
  EXPECT_EQ(wait_for_end(), 75) << output();
  EXPECT_EQ(summary().generations, 1);
  EXPECT_EQ(summary().coordinator, 7);
  EXPECT_EQ(summary().exit_status, 75);
  expect_nothing_left();
}

/// While its number cannot be taken (as on a full disk), the world trains on.
TEST_F(SuccessiveRun, GoesOnWhenASuccessorCannotBeginAtOnce) {
  start({{"FAKE_WORKER_STEPS", "300"}});
  wait_until_all_train();
  const auto away = run().path() / "journal.away";
  const pid_t coordinator = coordinator_id();
  std::filesystem::rename(run().journal(), away);
  ::kill(coordinator, SIGKILL);
  wait_for_output("error: ");
  std::filesystem::rename(away, run().journal());
  EXPECT_EQ(wait_for_end(), 0) << output();
  EXPECT_EQ(summary().generations, 1);
  EXPECT_EQ(summary().steps, 300);
  expect_each_step_once(300);
  expect_nothing_left();
}

/// A program that wants to go on with a world that trains alone, and cannot, leaves it as it is.
TEST_F(SuccessiveRun, TouchesNothingWhenItCannotTakeTheWorldOver) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  const pid_t coordinator = coordinator_id();
  ::kill(parent_id(), SIGSTOP);  // It starts no other one.
  ::kill(coordinator, SIGKILL);
  ::kill(parent_id(), SIGKILL);
  EXPECT_EQ(wait_for_end(), 128 + SIGKILL);
  const auto away = run().path() / "secret.away";
  std::filesystem::rename(run().secret(), away);
  start({});
  EXPECT_EQ(wait_for_end(), 74) << output();
  EXPECT_TRUE(running_process(*kept->launcher));
  EXPECT_TRUE(std::filesystem::exists(temporary_folder_of(1)));
  std::filesystem::rename(away, run().secret());
  take_over_and_stop(2);
  expect_nothing_left();
}

TEST_F(SuccessiveRun, GivesWayToASuccessorAndLeavesItTheWorld) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  take_number_on(host_name());
  EXPECT_EQ(wait_for_end(), 70);
  EXPECT_THAT(output(), HasSubstr("has taken over this run"));
  EXPECT_FALSE(std::filesystem::exists(run().summary()));
  EXPECT_TRUE(running_process(*kept->launcher));
  // Whoever comes now goes on with it; the next number is free.
  take_over_and_stop(3);
  EXPECT_FALSE(running_process(*kept->launcher));
  expect_nothing_left();
}

class Nobody : public Observer {
 public:
  void state_changed(run::State, const std::string&) override {}
  void metrics(const wire::MetricsLine&) override {}
  void checkpoint_written(const wire::CheckpointWritten&) override {}
  void notice(const std::string&) override {}
  void tick() override {}
  void ended(const run::Summary&) override {}
};

// Two `muster resume` at once: what the earlier one wrote is not launched, and what it reads and
// writes comes after its number.
TEST_F(SuccessiveRun, LaunchesNothingWhenAnotherOneHasTakenALargerNumber) {
  const pid_t child = ::fork();
  if (child == 0) {
    Nobody nobody;
    const auto prepare = [this] {
      if (run::coordinator_numbers(run()) != std::vector<std::int64_t>{1}) ::_exit(1);
      take_number_on("another-host");
    };
    ::_exit(run_coordinator(
        run(), {.worker_program = "/nowhere", .takes_over = false, .prepare = prepare}, nobody));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), kGaveWay);
  EXPECT_FALSE(std::filesystem::exists(run().coordinator()));
  EXPECT_FALSE(std::filesystem::exists(run().launcher_log(1)));
}

// One on another host cannot adopt it, and launches its own.
TEST_F(SuccessiveRun, EndsTheWorldWhenItsSuccessorIsOnAnotherHost) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  take_number_on("another-host");
  EXPECT_EQ(wait_for_end(), 70);
  EXPECT_THAT(output(), HasSubstr("has taken over this run on another host"));
  EXPECT_FALSE(std::filesystem::exists(run().summary()));
  expect_nothing_left();
}

}  // namespace
}  // namespace muster::coordinator
