// Whole runs with a real mpirun, from the parent down. What is looked at is what a person or a
// script sees: exit status, summary, notices, files, and that nothing is left behind.

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/atomic_file.h"
#include "common/deadline.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/text.h"
#include "coordinator/net/launcher.h"
#include "coordinator/net/ledger_record.h"
#include "coordinator/net/stop_request.h"
#include "tests/coordinator/run_fixture.h"

namespace muster::coordinator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Run : public RunFixture {};

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
