#include "coordinator/cli/progress_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ProgressView in_training() {
  ProgressView view;
  view.state = run::State::training;
  view.seconds_in_run = 12;
  view.has_steps = true;
  view.step = 57;
  view.epoch = 4.75;
  view.train = {{"loss", 0.12345}, {"lr", 0.0021}, {"grad_norm", 0.8}};
  view.total_steps = 120;
  view.total_epochs = 10;
  view.samples_per_second = 1234.4;
  view.seconds_left = 6.2;
  return view;
}

constexpr Style kPlainStyle{};

TEST(ProgressLine, FitsEightyColumns) {
  EXPECT_EQ(live_line(in_training(), 80, kPlainStyle, 0),
            " 57/120  47% #####-----  epoch  4.8/10  loss 0.1235  1,234 samples/s  ETA  7s");
}

TEST(ProgressLine, ShowsMoreOnAWideTerminal) {
  const std::string line = live_line(in_training(), 200, kPlainStyle, 0);
  EXPECT_THAT(line, HasSubstr("lr 0.0021"));
  EXPECT_THAT(line, HasSubstr("grad norm 0.8000"));
  EXPECT_THAT(line, EndsWith("ETA  7s  after 12s"));
}

TEST(ProgressLine, ShowsSharesWhereThereIsRoomAndLargeOnesFirst) {
  ProgressView view = in_training();
  view.perf = {{"comm_share", 0.034}, {"data_share", 0.004}};
  EXPECT_THAT(live_line(view, 200, kPlainStyle, 0),
              HasSubstr("1,234 samples/s  comm  3%  data wait  0%  ETA  7s"));
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), Not(HasSubstr("data wait")));
  view.perf["data_share"] = 0.62;
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), HasSubstr("data wait 62%"));
  EXPECT_THAT(plain_line(view), HasSubstr("1,234 samples/s  comm 3%  data wait 62%  eta 7s"));
}

TEST(ProgressLine, NeverReachesTheLastColumn) {
  for (const Style& style : {Style{}, Style{true, true}}) {
    for (std::size_t width = 1; width <= 220; ++width) {
      EXPECT_LT(columns_of(live_line(in_training(), width, style, 3)),
                std::max<std::size_t>(width, 2))
          << width;
      EXPECT_LT(columns_of(live_line(ProgressView{}, width, style, 3)),
                std::max<std::size_t>(width, 2))
          << width;
    }
  }
}

TEST(ProgressLine, KeepsTheRemainingTimeLongest) {
  const std::string line = live_line(in_training(), 40, kPlainStyle, 0);
  EXPECT_THAT(line, EndsWith("ETA  7s"));
  EXPECT_THAT(line, Not(HasSubstr("epoch")));
}

TEST(ProgressLine, BarIsEmptyAtTheStartAndFullAtTheEnd) {
  ProgressView view = in_training();
  view.step = 0;
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), Not(HasSubstr("#")));
  view.step = view.total_steps;
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), HasSubstr("100% ####"));
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), Not(HasSubstr("#-")));
}

TEST(ProgressLine, NamesTheStateWhenItIsNotTraining) {
  ProgressView view = in_training();
  view.state = run::State::evaluating;
  EXPECT_THAT(live_line(view, 80, kPlainStyle, 0), HasSubstr("evaluating"));
}

TEST(ProgressLine, SaysThatNoStepComes) {
  ProgressView view = in_training();
  view.seconds_silent = 11.5;
  const std::string line = live_line(view, 80, kPlainStyle, 0);
  EXPECT_THAT(line, EndsWith("no step for 12s"));
  EXPECT_THAT(line, Not(HasSubstr("ETA")));
}

TEST(ProgressLine, SpinsWhileThereAreNoSteps) {
  ProgressView view;
  view.state = run::State::starting;
  view.seconds_in_state = 0.4;
  EXPECT_EQ(live_line(view, 80, kPlainStyle, 0), "| starting the workers");
  EXPECT_EQ(live_line(view, 80, kPlainStyle, 1), "/ starting the workers");
  view.state = run::State::loading;
  view.seconds_in_state = 3.7;
  EXPECT_EQ(live_line(view, 80, kPlainStyle, 2), "- reading the data 3s");
}

TEST(ProgressLine, HasNoEscapesWithoutColour) {
  EXPECT_THAT(live_line(in_training(), 80, {false, true}, 0), Not(HasSubstr("\x1b")));
  EXPECT_THAT(live_line(in_training(), 80, {true, true}, 0), HasSubstr("\x1b[32m"));
}

TEST(ProgressLine, PlainLineHasEverything) {
  EXPECT_EQ(plain_line(in_training()),
            "step 57/120  epoch 4.75/10  loss 0.1235  lr 0.0021  grad_norm 0.8000  "
            "1,234 samples/s  eta 7s");
}

TEST(ProgressLine, EvaluationNamesEveryMetric) {
  const Evaluation evaluation{24, 2, {{"accuracy", 0.9306}, {"loss", 0.2534}}, true};
  EXPECT_EQ(evaluation_line(evaluation, 120, kPlainStyle, 1000),
            "eval  step 24/120  epoch 2  accuracy 0.9306  loss 0.2534  best so far");
}

TEST(ProgressLine, AnEvaluationStaysOnOneRowAsLongAsItsMetricsDo) {
  const Evaluation evaluation{
      12, 1, {{"accuracy", 0.1727}, {"loss", 2.2802}, {"perplexity", 9.7788}}, true};
  EXPECT_EQ(evaluation_line(evaluation, 4800, kPlainStyle, 80),
            "eval  step 12  accuracy 0.1727  loss 2.2802  perplexity 9.7788  best so far");
  EXPECT_EQ(evaluation_line(evaluation, 4800, kPlainStyle, 10),
            "eval  step 12  accuracy 0.1727  loss 2.2802  perplexity 9.7788");
}

TEST(ProgressLine, ManyEpochsAreWrittenOut) {
  EXPECT_EQ(epochs_text(100000), "100000");
  EXPECT_EQ(epochs_text(4.75), "4.75");
  EXPECT_EQ(epochs_text(0), "0");
}

TEST(ProgressLine, MetricsAreReadableAtEverySize) {
  const std::pair<double, const char*> cases[] = {
      {0, "0.0000"},        {0.98765, "0.9877"}, {12.5, "12.5000"},     {1234.56, "1234.6"},
      {1.2e-5, "1.20e-05"}, {3e9, "3.00e+09"},   {std::nan(""), "nan"}, {-0.5, "-0.5000"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(metric_text(value), text);
  }
}

}  // namespace
}  // namespace muster::coordinator::cli
