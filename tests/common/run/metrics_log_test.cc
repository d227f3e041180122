// metrics.jsonl: the text of a line, and that only whole lines are ever in the file.
#include "common/run/metrics_log.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/atomic_file.h"
#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

wire::MetricsLine line_of(std::int64_t step) {
  return {.step = step, .epoch = 0.5, .values = {{"train/loss", 0.25}}};
}

TEST(MetricsJson, HasTheFixedKeysFirst) {
  EXPECT_EQ(metrics_json(line_of(10), 2),
            R"({"schema":1,"generation":2,"step":10,"epoch":0.5,"train/loss":0.25})");
}

TEST(MetricsJson, ValuesThatAreNotFiniteAreNull) {
  const wire::MetricsLine line{
      .step = 1, .epoch = 1, .values = {{"a", std::nan("")}, {"b", HUGE_VAL}, {"c", -HUGE_VAL}}};
  EXPECT_EQ(metrics_json(line, 1),
            R"({"schema":1,"generation":1,"step":1,"epoch":1.0,"a":null,"b":null,"c":null})");
}

TEST(MetricsLog, AppendsLines) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  for (const std::int64_t generation : {1, 2}) {
    MetricsLog log(path);
    log.append(line_of(1), generation);
    log.append(line_of(2), generation);
  }
  EXPECT_EQ(read_file(path), metrics_json(line_of(1), 1) + "\n" + metrics_json(line_of(2), 1) +
                                 "\n" + metrics_json(line_of(1), 2) + "\n" +
                                 metrics_json(line_of(2), 2) + "\n");
}

TEST(MetricsLog, CutsOffATornLastLine) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  const std::string long_tear =
      "{\"" + std::string(10'000, 'x');  // More than one piece of reading.
  for (const std::string& torn : {std::string("{\"sch"), long_tear}) {
    for (const std::string& before : {std::string(), std::string("{\"a\":1}\n")}) {
      write_text(path, before + torn);
      MetricsLog(path).append(line_of(1), 1);
      EXPECT_EQ(read_file(path), before + metrics_json(line_of(1), 1) + "\n");
    }
  }
}

TEST(MetricsLog, TakesBackALineThatDidNotFit) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  MetricsLog log(path);
  log.append(line_of(1), 1);
  const std::string before = read_file(path);
  {
    const FileSizeLimit limit(before.size() + 5);
    EXPECT_EQ(code_of_error([&] { log.append(line_of(2), 1); }), ErrorCode::storage);
  }
  EXPECT_EQ(read_file(path), before);
  log.append(line_of(3), 1);
  EXPECT_EQ(read_file(path), before + metrics_json(line_of(3), 1) + "\n");
}

TEST(MetricsLog, FileThatCannotBeOpenedIsNamed) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { MetricsLog(folder / "no/metrics.jsonl"); });
  EXPECT_EQ(error.code(), ErrorCode::storage);
  EXPECT_THAT(error.what(), testing::HasSubstr("metrics.jsonl: cannot open: No such file"));
}

}  // namespace
}  // namespace muster::run
