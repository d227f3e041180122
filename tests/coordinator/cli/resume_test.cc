// `muster resume`: whole runs that ended too early, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/atomic_file.h"
#include "common/run/metrics_log.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/run/summary.h"
#include "common/text.h"
#include "tests/coordinator/cli/program_fixture.h"

namespace muster::coordinator::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Resume : public Program {
 protected:
  /// tiny-0001: failed at its third step, and was not tried again.
  void SetUp() override {
    Program::SetUp();
    ::setenv("FAKE_WORKER_STEPS", "6", 1);
    ::setenv("FAKE_WORKER_PLAN", "0@3:fail storage", 1);
    const ProgramOutput output = muster({"run", "EXPERIMENT", "cluster.max_restarts=0"});
    ASSERT_EQ(output.status, 74) << output.err;
  }
  void TearDown() override {
    ::unsetenv("FAKE_WORKER_STEPS");
    ::unsetenv("FAKE_WORKER_PLAN");
    Program::TearDown();
  }

  run::RunDirectory run() const { return run::RunDirectory(folder_ / "runs" / "tiny-0001"); }
  run::Summary summary() const { return run::read_summary(run().summary().string()); }
};

TEST_F(Resume, GoesOnInTheSameFolderAndCountsOn) {
  const run::Summary first = summary();
  EXPECT_EQ(first.status, run::Status::failed);
  const ProgramOutput output = muster({"resume", "tiny-0001", "cluster.workers=1"});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("tiny-0001 completed: 6 steps"));
  EXPECT_THAT(output.err, HasSubstr("going on after step "));
  const run::Summary second = summary();
  EXPECT_EQ(second.status, run::Status::completed);
  EXPECT_EQ(second.run_id, first.run_id);
  EXPECT_EQ(second.generations, 2);
  EXPECT_EQ(second.restarts, 0);
  EXPECT_EQ(second.workers, 1);
  EXPECT_GT(second.wall_seconds, first.wall_seconds + 0.05);
  const run::Plan plan = run::read_plan(run().plan().string());
  EXPECT_EQ(plan.workers, 1);
  EXPECT_EQ(plan.lanes, 2);
  EXPECT_THAT(runs(), testing::ElementsAre("tiny-0001"));
  EXPECT_TRUE(std::filesystem::exists(run().journal() / "2.jsonl"));

  const ProgramOutput again = muster({"resume", "tiny-0001"});
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.err, HasSubstr("is completed"));
}

TEST_F(Resume, RefusesWhatWouldChangeTheBits) {
  const ProgramOutput output =
      muster({"resume", "tiny-0001", "cluster.workers=1", "optimizer.lr=0.5"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err,
              AllOf(HasSubstr("override:2:"), HasSubstr("optimizer.lr decides the bits"),
                    HasSubstr("0.001, not 0.5")));
  EXPECT_EQ(summary().status, run::Status::failed);  // Nothing has been touched.
  EXPECT_EQ(run::read_plan(run().plan().string()).workers, 2);
}

TEST_F(Resume, RefusesMoreWorkersThanLanes) {
  const ProgramOutput output = muster({"resume", "tiny-0001", "cluster.workers=3"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err, AllOf(HasSubstr("override:1:"), HasSubstr("lanes")));
}

TEST_F(Resume, RefusesOtherDataThanTheRunBeganWith) {
  write("train.csv", "1,2,3,4,0\n5,6,7,8,1\n9,10,11,12,2\n1,1,1,1,0\n2,2,2,2,1\n3,3,3,4,2\n");
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 65) << output.err;
  EXPECT_THAT(output.err, HasSubstr("train.csv"));
}

TEST_F(Resume, RefusesAnExperimentThatWasEditedSince) {
  std::string text = read_file(run().experiment());
  const std::string key = "seed: 1";
  ASSERT_NE(text.find(key), std::string::npos) << text;
  write_file_atomic(run().experiment(), text.replace(text.find(key), key.size(), "seed: 2"));
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err, HasSubstr("experiment.yaml:1:1: error: this is not the experiment"));
}

TEST_F(Resume, RefusesARunThatIsAlive) {
  const run::MetricsLog held(run().metrics().string());
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 64);
  EXPECT_THAT(output.err, HasSubstr("tiny-0001 is running: its coordinator is process "));
}

TEST_F(Resume, StopSaysWhyARunCannotBeStopped) {
  const ProgramOutput ended = muster({"stop", "tiny-0001"});
  EXPECT_EQ(ended.status, 64);
  EXPECT_THAT(ended.err, HasSubstr("tiny-0001 has ended: failed"));
  std::filesystem::remove(run().summary());
  const ProgramOutput dead = muster({"stop", "tiny-0001", "--wait"});
  EXPECT_EQ(dead.status, 69);
  EXPECT_THAT(dead.err, HasSubstr("'muster resume tiny-0001' goes on with it"));
  const run::MetricsLog held(run().metrics().string());  // It seems to live, but nobody listens.
  const ProgramOutput unreachable = muster({"stop", "tiny-0001"});
  EXPECT_EQ(unreachable.status, 69);
  EXPECT_THAT(unreachable.err, HasSubstr("cannot reach coordinator 1 at 127.0.0.1:"));
  std::filesystem::remove(run().path() / "secret");
  const ProgramOutput no_secret = muster({"stop", "tiny-0001"});
  EXPECT_EQ(no_secret.status, 74);
  EXPECT_THAT(no_secret.err, HasSubstr("secret: cannot open"));
}

// It was killed before its first coordinator had taken a number.
TEST_F(Resume, GoesOnWithARunThatHadNoCoordinatorYet) {
  std::filesystem::remove(run().summary());
  for (const auto& entry : std::filesystem::directory_iterator(run().journal())) {
    std::filesystem::remove(entry.path());
  }
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_EQ(summary().generations, 2);  // The log of the first launch tells of one.
}

TEST_F(Resume, RefusesADirectLaunch) {
  run::Plan plan = run::read_plan(run().plan().string());
  plan.launch_command.clear();
  run::write_plan(run().plan().string(), plan);
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 64);
  EXPECT_THAT(output.err, HasSubstr("was not started by 'muster run', but by mpirun itself"));
}

TEST_F(Resume, OfARunInItsFolderIsWhatMusterRunDoesToo) {
  const std::string folder = run().path().string();
  const ProgramOutput other =
      muster({"run", "EXPERIMENT", "optimizer.lr=0.5", "--run-dir", folder});
  EXPECT_EQ(other.status, 64);
  EXPECT_THAT(other.err, AllOf(HasSubstr("holds a run of another experiment"),
                               HasSubstr("optimizer.lr (there 0.001, here 0.5)")));
  EXPECT_EQ(summary().status, run::Status::failed);

  const ProgramOutput same = muster({"run", "EXPERIMENT", "--run-dir", folder});
  EXPECT_EQ(same.status, 0) << same.err;
  EXPECT_THAT(same.err, HasSubstr("going on with tiny-0001, which has not been completed"));
  EXPECT_EQ(summary().generations, 2);

  const ProgramOutput again = muster({"run", "EXPERIMENT", "--run-dir", folder});
  EXPECT_EQ(again.status, 64);
  EXPECT_THAT(again.err, HasSubstr("holds a run that is completed"));
}

TEST_F(Resume, EndsWithTheRunWhateverBecomesOfTheLastWords) {
  const auto run_with_output = [&](const std::string& output) {
    return run_program_and_wait({"/bin/sh", "-c",
                                 concat("'", (folder_ / "muster").string(), "' run '", experiment(),
                                        "' cluster.max_restarts=5 ", output)},
                                Deadline::after(std::chrono::seconds(30)));
  };
  const auto full = run_with_output("> /dev/full");
  EXPECT_EQ(full.status, 0) << full.err;
  EXPECT_THAT(full.err, HasSubstr("warning: cannot write to standard output"));
  const auto closed = run_with_output(">&-");  // Its number must not go to a file of the run.
  EXPECT_EQ(closed.status, 0) << closed.err;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "runs")) {
    if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
    EXPECT_THAT(read_file(entry.path()), Not(HasSubstr("run folder"))) << entry.path();
  }
}

class Requeued : public Resume {
 protected:
  void SetUp() override {
    ::setenv("SLURM_JOB_ID", "4711", 1);
    Resume::SetUp();
  }
  void TearDown() override {
    ::unsetenv("SLURM_RESTART_COUNT");
    ::unsetenv("SLURM_JOB_ID");
    Resume::TearDown();
  }
};

TEST_F(Requeued, JobGoesOnWithTheRunThatItHadBegun) {
  EXPECT_EQ(run::read_plan(run().plan().string()).batch_job, "slurm 4711");
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  const ProgramOutput output = muster({"run", "EXPERIMENT", "cluster.max_restarts=0"});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_THAT(output.err, HasSubstr("going on with tiny-0001"));
  EXPECT_THAT(runs(), testing::ElementsAre("tiny-0001"));
  // Its work is done: another one is a new one.
  EXPECT_EQ(muster({"run", "EXPERIMENT"}).status, 0);
  EXPECT_EQ(runs().size(), 2u);
}

TEST_F(Requeued, AnotherJobStartsAnew) {
  ::setenv("SLURM_JOB_ID", "4712", 1);
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  EXPECT_EQ(muster({"run", "EXPERIMENT"}).status, 0);
  EXPECT_EQ(runs().size(), 2u);
}

TEST_F(Resume, RefusesWhatIsNoRun) {
  EXPECT_EQ(muster({"resume", folder_.string()}).status, 64);
  EXPECT_EQ(muster({"resume", "tiny-0002"}).status, 64);
  EXPECT_EQ(muster({"resume"}).status, 64);
}

}  // namespace
}  // namespace muster::coordinator::cli
