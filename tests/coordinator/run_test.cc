// Whole runs with a real mpirun, from the parent down. What is looked at is what a person or a
// script sees: exit status, summary, notices, files, and that nothing is left behind.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/atomic_file.h"
#include "common/deadline.h"
#include "common/host_name.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/text.h"
#include "coordinator/launch/parent.h"
#include "coordinator/net/coordinator.h"
#include "coordinator/net/launcher.h"
#include "coordinator/net/ledger_record.h"
#include "coordinator/net/stop_request.h"
#include "tests/coordinator/run_fixture.h"

namespace muster::coordinator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Run : public RunFixture {
 protected:
  /// What another coordinator does first.
  void take_number_on(const std::string& host) {
    run::take_coordinator_number(
        run(), run::journal_line({{"event", {{"type", "coordinator_started"}, {"host", host}}}}));
  }
};

TEST_F(Run, CompletesAndTellsAllOfIt) {
  start({});
  EXPECT_EQ(wait_for_end(), 0) << output();
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::completed);
  EXPECT_EQ(result.failure_reason, "");
  EXPECT_EQ(result.steps, 10);
  EXPECT_EQ(result.workers, 2);
  EXPECT_EQ(result.generations, 1);
  EXPECT_EQ(result.model_sha256, "abc");
  EXPECT_EQ(result.checkpoints, std::vector<std::int64_t>{10});
  EXPECT_GT(result.samples_per_second, 0);
  EXPECT_THAT(output(), AllOf(HasSubstr("state training"), HasSubstr("step 10\n"),
                              HasSubstr("checkpoint 10"), HasSubstr("ended completed")));
  const auto metrics = split(read_file(run().metrics()), '\n');
  EXPECT_EQ(metrics.size(), 11u);  // With the empty text behind the last line.
  EXPECT_FALSE(run::read_journal((run().journal() / "1.jsonl").string()).empty());
  expect_nothing_left();
}

TEST_F(Run, NamesTheWorkerThatASignalKilledAndQuotesItsLog) {
  set_cluster("max_restarts: 0");
  start({{"FAKE_WORKER_PLAN", "1@3:signal 11"}});
  EXPECT_EQ(wait_for_end(), 70);
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::failed);
  EXPECT_THAT(result.failure_reason,
              AllOf(HasSubstr("worker 1 on here (pid "), HasSubstr("signal 11 (SIGSEGV)"),
                    HasSubstr("at step 3"), Not(HasSubstr("\n"))));
  EXPECT_THAT(output(), AllOf(HasSubstr("notice worker 1 on here"), HasSubstr("worker-1.1.log"),
                              HasSubstr("before step 3: signal 11")));
  expect_nothing_left();
}

TEST_F(Run, LeavesNoHalfCheckpointOfItsOwn) {
  const auto half = run().checkpoints() / ".tmp-1-step-000002";
  const auto of_another = run().checkpoints() / ".tmp-2-step-000002";
  std::filesystem::create_directories(half);
  std::filesystem::create_directories(of_another);
  start({{"FAKE_WORKER_PLAN", "1@2:fail corrupt"}});
  EXPECT_EQ(wait_for_end(), 65);
  EXPECT_FALSE(std::filesystem::exists(half));
  EXPECT_TRUE(std::filesystem::exists(of_another));
}

TEST_F(Run, KeepsTheWordsAndTheExitStatusOfAWorkerThatFails) {
  start({{"FAKE_WORKER_PLAN", "1@2:fail corrupt"}});
  EXPECT_EQ(wait_for_end(), 65);
  EXPECT_THAT(summary().failure_reason,
              AllOf(HasSubstr("worker 1 on here"), HasSubstr("corrupt: as planned")));
  expect_nothing_left();
}

TEST_F(Run, BlamesTheCauseNotTheConsequence) {
  set_cluster("max_restarts: 0");
  start({{"FAKE_WORKER_PLAN", "1@3:signal 9;0@3:fail aborted"}});
  EXPECT_EQ(wait_for_end(), 70);
  EXPECT_THAT(summary().failure_reason, HasSubstr("worker 1 on here"));
  EXPECT_THAT(summary().failure_reason, Not(HasSubstr("aborted")));
}

TEST_F(Run, GoesOnFromWhatWasKeptWhenAWorkerIsKilled) {
  // Fake workers do not wait for each other: worker 0 must not be done before worker 1 dies.
  start({{"FAKE_WORKER_PLAN", "1@6:signal 9"},
         {"FAKE_WORKER_KEPT", "3"},
         {"FAKE_WORKER_STEPS", "60"}});
  EXPECT_EQ(wait_for_end(), 0) << output();
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::completed);
  EXPECT_EQ(result.failure_reason, "");
  EXPECT_EQ(result.steps, 60);
  EXPECT_EQ(result.generations, 2);
  EXPECT_EQ(result.restarts, 1);
  EXPECT_GE(result.steps_redone, 0);
  EXPECT_LT(result.steps_redone, 57);
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->ledger.generation, 2);
  EXPECT_EQ(kept->ledger.restarts, 1);
  ASSERT_EQ(result.recovery_seconds.size(), 1u);
  EXPECT_GT(result.recovery_seconds[0], 0);
  EXPECT_LT(result.recovery_seconds[0], 5);
  EXPECT_THAT(output(),
              AllOf(HasSubstr("was killed by signal 9 (SIGKILL) at step "),
                    HasSubstr("; recovering: restart 1 of 5"), HasSubstr("state recovering"),
                    HasSubstr("notice back after "), HasSubstr(" (snapshot); ")));
  expect_nothing_left();
}

TEST_F(Run, RecoversFromTheDeathOfEveryWorker) {
  start({{"FAKE_WORKER_PLAN", "0@4:signal 9;1@4:signal 9"}});
  EXPECT_EQ(wait_for_end(), 0) << output();
  EXPECT_EQ(summary().restarts, 1);
  expect_nothing_left();
}

TEST_F(Run, EvictsAWorkerThatSaysNothingAnyMore) {
  set_cluster("stall_timeout: 1s");
  start({{"FAKE_WORKER_PLAN", "1@4:hang;0@4:stick"}});
  EXPECT_EQ(wait_for_end(), 0) << output();
  EXPECT_EQ(summary().restarts, 1);
  EXPECT_THAT(output(), HasSubstr("notice stalled: worker "));
  expect_nothing_left();
}

TEST_F(Run, EndsWhenTheSameFailureComesAgainAndAgain) {
  set_cluster("max_restarts: 2");
  start({{"FAKE_WORKER_PLAN", "0@9:every exit 1"}, {"FAKE_WORKER_KEPT", "1000"}});
  EXPECT_EQ(wait_for_end(), 70);
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::failed);
  EXPECT_THAT(result.failure_reason,
              AllOf(HasSubstr("worker 0 on here (pid "), HasSubstr("not tried again: ")));
  EXPECT_EQ(result.restarts, 2);
  EXPECT_THAT(output(), HasSubstr("worker-0.3.log"));
  expect_nothing_left();
}

TEST_F(Run, EndsWithACheckpointToBeRequeuedOnATermination) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  signal_parent(SIGTERM);
  EXPECT_EQ(wait_for_end(), 75);
  EXPECT_EQ(summary().status, run::Status::preempted);
  EXPECT_EQ(summary().failure_reason, "");
  EXPECT_EQ(summary().checkpoints.size(), 1u);
  expect_nothing_left();
}

TEST_F(Run, EndsAsItHasEndedWhenTheSummaryCannotBeWritten) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  std::filesystem::create_directories(run().summary() / "in the way");
  signal_parent(SIGTERM);
  EXPECT_EQ(wait_for_end(), 75) << output();
  EXPECT_THAT(output(), AllOf(HasSubstr("notice warning: "), HasSubstr("ended preempted")));
  expect_nothing_left();
}

TEST_F(Run, IsNotToBeRequeuedWhenTheGraceIsOver) {
  set_cluster("grace: 500ms");
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "0@0:deaf;1@0:deaf"}});
  wait_until_all_train();
  signal_parent(SIGUSR1);
  EXPECT_EQ(wait_for_end(), 128 + SIGUSR1);
  EXPECT_EQ(summary().status, run::Status::preempted);
  EXPECT_THAT(summary().failure_reason, HasSubstr("did not stop in time"));
  expect_nothing_left();
}

TEST_F(Run, WritesTheCheckpointWithAnotherWorldWhenAWorkerDiesWhileStopping) {
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "0@0:deaf;1@0:deaf"}});
  wait_until_all_train();
  signal_parent(SIGTERM);
  wait_for_output("notice stopping");
  signal_parent(SIGTERM);  // A batch system repeats itself, and a terminal hangs up.
  signal_parent(SIGHUP);
  const auto kept = newest_ledger(run());
  ASSERT_TRUE(kept && kept->launcher);
  ::kill(static_cast<pid_t>(kept->launcher->pid), SIGKILL);
  EXPECT_EQ(wait_for_end(), 75) << output();
  EXPECT_EQ(summary().status, run::Status::preempted);
  EXPECT_EQ(summary().generations, 2);
  EXPECT_EQ(summary().checkpoints.size(), 1u);
  expect_nothing_left();
}

TEST_F(Run, StopsAfterTheStepOnTheFirstInterrupt) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  signal_parent(SIGINT);
  EXPECT_EQ(wait_for_end(), 130);
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::stopped);
  EXPECT_EQ(result.failure_reason, "");
  EXPECT_EQ(result.checkpoints.size(), 1u);
  EXPECT_THAT(output(), HasSubstr("notice stopping"));
  expect_nothing_left();
}

TEST_F(Run, EndsWithZeroWhenSomebodyWithTheSecretAsksForIt) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  const auto address = run::read_address(run());
  const std::string secret = run::read_secret(run());
  constexpr auto kPatience = std::chrono::seconds(5);
  EXPECT_THROW(ask_to_stop(address, std::string(32, 'x'), "a guess", kPatience), Error);
  ask_to_stop(address, secret, "a test", kPatience);
  EXPECT_EQ(wait_for_end(), 0) << output();
  const run::Summary result = summary();
  EXPECT_EQ(result.status, run::Status::stopped);
  EXPECT_EQ(result.failure_reason, "");
  EXPECT_EQ(result.checkpoints.size(), 1u);
  EXPECT_THROW(ask_to_stop(address, secret, "late", kPatience), Error);
  expect_nothing_left();
}

TEST_F(Run, KillsOnTheSecondInterrupt) {
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "0@0:deaf;1@0:deaf"}});
  wait_until_all_train();
  signal_parent(SIGINT);
  wait_for_output("notice stopping");
  signal_parent(SIGINT);
  EXPECT_EQ(wait_for_end(), 130);
  EXPECT_EQ(summary().status, run::Status::stopped);
  EXPECT_THAT(summary().failure_reason, HasSubstr("while stopping"));
  expect_nothing_left();
}

TEST_F(Run, GoesOnWithTheSameGenerationWhenTheCoordinatorIsKilled) {
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

TEST_F(Run, LaunchesTheNextGenerationWhenTheWorldDiedWithTheCoordinator) {
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
TEST_F(Run, ASuccessorEndsTheWorldThatItsLedgerDoesNotKnow) {
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

TEST_F(Run, EndsWhatTheKilledCoordinatorHadBeenAskedToEnd) {
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

TEST_F(Run, LeavesTheWorldAloneWhenCoordinatorsDieOneAfterTheOther) {
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
TEST_F(Run, GoesOnWhenASuccessorCannotBeginAtOnce) {
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
TEST_F(Run, TouchesNothingWhenItCannotTakeTheWorldOver) {
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
  start({});
  wait_for_coordinator(2);
  wait_for_output("state training");
  signal_parent(SIGTERM);
  EXPECT_EQ(wait_for_end(), 75) << output();
  EXPECT_EQ(summary().generations, 1);
  expect_nothing_left();
}

TEST_F(Run, EndsByItselfWhenItsParentIsKilled) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  signal_parent(SIGKILL);
  wait_for_output("ended preempted");
  expect_nothing_left();
  EXPECT_EQ(wait_for_end(), 128 + SIGKILL);
}

TEST_F(Run, EndsWhatWorkersLeftBehind) {
  start({{"FAKE_WORKER_PLAN", "0@1:orphan;1@2:orphan"}});
  EXPECT_EQ(wait_for_end(), 0);
  expect_nothing_left();
}

TEST_F(Run, QuotesTheLauncherWhenTheWorkerCannotBeStarted) {
  set_worker_program("/nowhere/muster-worker");
  start({});
  EXPECT_EQ(wait_for_end(), 70);
  EXPECT_THAT(summary().failure_reason, HasSubstr("mpirun exited with status"));
  EXPECT_THAT(output(), AllOf(HasSubstr(run().launcher_log(1).string()),
                              HasSubstr("/nowhere/muster-worker")));
  expect_nothing_left();
}

TEST_F(Run, SaysThatThereIsNoMpirun) {
  start({{"PATH", "/nowhere"}});
  EXPECT_EQ(wait_for_end(), 69);
  EXPECT_THAT(summary().failure_reason, HasSubstr("mpirun was not found"));
  expect_nothing_left();
}

TEST_F(Run, IsKilledByTheFirstInterruptBeforeTheTrainingBegins) {
  start({{"FAKE_WORKER_STEPS", "10000"}, {"FAKE_WORKER_PLAN", "1@-1:hang"}});
  wait_for_output("state starting");
  signal_parent(SIGINT);
  EXPECT_EQ(wait_for_end(), 130);
  EXPECT_THAT(summary().failure_reason, HasSubstr("before the training began"));
  expect_nothing_left();
}

TEST_F(Run, GivesWayToASuccessorAndLeavesItTheWorld) {
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
  start({});
  wait_for_coordinator(3);
  wait_for_output("state training");
  signal_parent(SIGTERM);
  EXPECT_EQ(wait_for_end(), 75) << output();
  EXPECT_EQ(summary().generations, 1);
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
TEST_F(Run, LaunchesNothingWhenAnotherOneHasTakenALargerNumber) {
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
TEST_F(Run, EndsTheWorldWhenItsSuccessorIsOnAnotherHost) {
  start({{"FAKE_WORKER_STEPS", "10000"}});
  wait_until_all_train();
  take_number_on("another-host");
  EXPECT_EQ(wait_for_end(), 70);
  EXPECT_THAT(output(), HasSubstr("has taken over this run on another host"));
  EXPECT_FALSE(std::filesystem::exists(run().summary()));
  expect_nothing_left();
}

/// A figure for the release notes, and a bound with room for a slow machine.
TEST_F(Run, LaunchesTheNextGenerationSoonAfterAWorkerIsKilled) {
  start({{"FAKE_WORKER_STEPS", "200"}});
  wait_until_all_train();
  const std::string log = read_file(run().coordinator_log());
  const auto at = log.find("worker 1 on here (pid ");
  ASSERT_NE(at, std::string::npos) << log;
  const pid_t worker = std::atoi(log.c_str() + at + std::string("worker 1 on here (pid ").size());
  const auto before = Clock::now();
  ::kill(worker, SIGKILL);
  while (!std::filesystem::exists(run().launcher_log(2))) {
    ASSERT_LT(Clock::now() - before, std::chrono::seconds(5)) << output();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::chrono::duration<double, std::milli> taken = Clock::now() - before;
  std::cout << "worker killed -> next generation launched: " << taken.count() << " ms\n";
  RecordProperty("kill_to_launch_ms", std::to_string(taken.count()));
  EXPECT_LT(taken, std::chrono::seconds(2));
  EXPECT_EQ(wait_for_end(), 0) << output();
  ASSERT_EQ(summary().recovery_seconds.size(), 1u);
  std::cout << "worker killed -> next step: " << summary().recovery_seconds[0] * 1000 << " ms\n";
  EXPECT_THAT(output(), HasSubstr("SIGKILL"));
  expect_nothing_left();
}

}  // namespace
}  // namespace muster::coordinator
