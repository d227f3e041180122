#include "coordinator/cli/display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/coordinator/cli/test_pipe.h"

namespace muster::coordinator::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr TrainingSize kSize{.total_steps = 120, .steps_per_epoch = 12, .train_samples = 1200};
constexpr Terminal kLog{};
constexpr Terminal kLive{.live = true};

wire::MetricsLine train_line(std::int64_t step) {
  return {step, static_cast<double>(step) / 12, {{"train/loss", 0.5}}};
}

wire::MetricsLine eval_line(std::int64_t step) {
  return {step, static_cast<double>(step) / 12, {{"eval/accuracy", 0.9}}};
}

// Hundreds of steps a second must not become hundreds of lines.
TEST(Display, LogsPrintTheFirstAndTheLastOfManyFastSteps) {
  TestPipe pipe;
  Display display(kLog, kSize, pipe.writer());
  for (int step = 1; step <= 5; ++step) {
    display.metrics(train_line(step));
  }
  display.finish();
  const std::string text = pipe.read();
  EXPECT_THAT(text, StartsWith("step 1/120"));
  EXPECT_THAT(text, HasSubstr("\nstep 5/120"));
  EXPECT_THAT(text, Not(HasSubstr("step 3/120")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
}

TEST(Display, LogsPrintEveryEvaluation) {
  TestPipe pipe;
  Display display(kLog, kSize, pipe.writer());
  display.metrics(eval_line(12));
  display.metrics(eval_line(24));
  const std::string text = pipe.read();
  EXPECT_THAT(text, HasSubstr("eval  step 12/120  epoch 1  accuracy 0.9000  best so far\n"));
  EXPECT_THAT(text, HasSubstr("eval  step 24/120  epoch 2  accuracy 0.9000\n"));
}

TEST(Display, LogsNameTheStatesBeforeTheFirstStepOnly) {
  TestPipe pipe;
  Display display(kLog, kSize, pipe.writer());
  for (const run::State state : {run::State::starting, run::State::loading, run::State::training,
                                 run::State::evaluating, run::State::saving}) {
    display.state_changed(state, "why");
  }
  EXPECT_EQ(pipe.read(), "starting the workers\nreading the data\n");
}

// The live line is cleared, what stays is written in its place, and the line comes back below it.
TEST(Display, TerminalsKeepEvaluationsAboveTheLiveLine) {
  TestPipe pipe;
  Display display(kLive, kSize, pipe.writer());
  display.metrics(train_line(1));
  const std::string live = pipe.read();
  EXPECT_THAT(live, StartsWith("\r\x1b[K  1/120"));
  EXPECT_THAT(live, Not(HasSubstr("\n")));

  display.metrics(eval_line(12));
  const std::string text = pipe.read();
  EXPECT_THAT(text, StartsWith("\r\x1b[Keval  step 12/120"));
  EXPECT_THAT(text, EndsWith("best so far\n" + live.substr(4)));
}

TEST(Display, NoticesAreWholeLines) {
  TestPipe pipe;
  Display display(kLive, kSize, pipe.writer());
  display.notice("worker 1 was killed\n  | its last words\n");
  display.notice("stopping");
  EXPECT_EQ(pipe.read(), "worker 1 was killed\n  | its last words\nstopping\n");
}

TEST(Display, LiveLineIsGoneAtTheEnd) {
  TestPipe pipe;
  Display display(kLive, kSize, pipe.writer());
  display.metrics(train_line(1));
  display.finish();
  EXPECT_THAT(pipe.read(), EndsWith("\r\x1b[K"));
}

TEST(Display, RemembersWhatTheReportNeeds) {
  TestPipe pipe;
  Display display(kLog, kSize, pipe.writer());
  display.metrics(eval_line(12));
  display.ended(run::Summary{});
  EXPECT_EQ(display.best()->step, 12);
  EXPECT_TRUE(display.summary().has_value());
}

}  // namespace
}  // namespace muster::coordinator::cli
