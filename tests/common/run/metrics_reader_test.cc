#include "common/run/metrics_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "common/run/metrics_log.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

std::string training(std::int64_t step) {
  return metrics_json({.step = step, .epoch = 1, .values = {{"train/loss", std::nan("")}}}, 3);
}

std::string evaluation(std::int64_t step) {
  return metrics_json({.step = step, .epoch = 1, .values = {{"eval/loss", 0.5}}}, 2);
}

TEST(MetricsReader, FindsTheLastLineOfEachKind) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  std::ofstream(path) << training(1) << "\n" << evaluation(1) << "\n" << training(2) << "\n";
  const LastMetrics last = read_last_metrics(path);
  EXPECT_EQ(last.training->step, 2);
  EXPECT_TRUE(std::isnan(last.training->values.at("train/loss")));
  EXPECT_EQ(last.evaluation->step, 1);
  EXPECT_EQ(last.generation, 3);
}

// Thousands of steps may lie behind an evaluation; reading goes by pieces of 64 KiB.
TEST(MetricsReader, LooksFurtherBackThanOnePiece) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  std::ofstream file(path);
  file << evaluation(1) << "\n";
  for (int step = 2; step <= 5000; ++step) file << training(step) << "\n";
  file.close();
  const LastMetrics last = read_last_metrics(path);
  EXPECT_EQ(last.training->step, 5000);
  ASSERT_TRUE(last.evaluation.has_value());
  EXPECT_EQ(last.evaluation->step, 1);
}

TEST(MetricsReader, LeavesOutWhatIsTornOrNoLine) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  std::ofstream(path) << training(1) << "\nnonsense\n" << training(2).substr(0, 20);
  EXPECT_EQ(read_last_metrics(path).training->step, 1);
  std::ofstream(path) << training(1).substr(0, 20);
  EXPECT_FALSE(read_last_metrics(path).training.has_value());
  EXPECT_FALSE(read_last_metrics(folder / "missing").training.has_value());
}

TEST(Writer, LivesAsLongAsTheFileIsOpen) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  EXPECT_EQ(writer_of(path), Writer::unknown);
  {
    const MetricsLog first(path);
    {
      const MetricsLog successor(path);
      EXPECT_EQ(writer_of(path), Writer::lives);
    }
    EXPECT_EQ(writer_of(path), Writer::lives);
  }
  EXPECT_EQ(writer_of(path), Writer::gone);
}

}  // namespace
}  // namespace muster::run
