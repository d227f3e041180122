#include "coordinator/cli/subprocess.h"

#include <gtest/gtest.h>

#include <chrono>

#include "common/error.h"

namespace muster::coordinator::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ProgramOutput shell(const std::string& script) {
  return run_program_and_wait({"/bin/sh", "-c", script}, Deadline::after(seconds(20)));
}

TEST(Subprocess, CollectsBothStreamsAndTheStatus) {
  const ProgramOutput output = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
  EXPECT_EQ(output.status, 3);
}

TEST(Subprocess, TakesMoreThanAPipeHolds) {
  EXPECT_EQ(shell("head -c 1000000 /dev/zero").out.size(), 1'000'000u);
}

TEST(Subprocess, ReportsTheSignal) { EXPECT_EQ(shell("kill -9 $$").status, 128 + 9); }

TEST(Subprocess, GivesNoInput) { EXPECT_EQ(shell("cat; echo end").out, "end\n"); }

TEST(Subprocess, EndsAProgramThatDoesNotAnswer) {
  const auto begin = Clock::now();
  EXPECT_THROW(run_program_and_wait({"/bin/sleep", "20"}, Deadline::after(milliseconds(50))),
               Error);
  EXPECT_LT(Clock::now() - begin, seconds(10));
}

// It closes its output and lives on: the end of the output is not the end of the program.
TEST(Subprocess, EndsAProgramThatOnlySeemsToBeDone) {
  EXPECT_THROW(run_program_and_wait({"/bin/sh", "-c", "exec >&- 2>&-; exec sleep 20"},
                                    Deadline::after(milliseconds(50))),
               Error);
}

TEST(Subprocess, SaysThatAProgramIsNotThere) {
  try {
    run_program_and_wait({"/nonexistent/program"}, Deadline::after(seconds(1)));
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_STREQ(error.what(), "cannot start /nonexistent/program: No such file or directory");
  }
}

}  // namespace
}  // namespace muster::coordinator::cli
