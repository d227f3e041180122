#include "coordinator/cli/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"

namespace muster::coordinator::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

run::BenchTimes times(double median) { return {median, median / 2, median * 2, median}; }

run::AllReduceBench sample() {
  return {.ranks = 2,
          .host = "node7",
          .mpi_version = "Open MPI v4.1.4, package: Debian OpenMPI",
          .sizes = {{.bytes = 1'000'000,
                     .rounds = 9,
                     .step = times(20e-6),
                     .all_reduce = times(40e-6),
                     .mpi = times(160e-6),
                     .copy = times(50e-6)}}};
}

TEST(BenchReport, RatesAreBytesBySecondsOfTheMedianWithTheirRange) {
  const std::string text = bench_text(sample(), /*cores=*/2);
  EXPECT_THAT(text,
              HasSubstr("All-reduce of float32, 2 ranks on node7 (2 cores), Open MPI v4.1.4\n"));
  EXPECT_THAT(text, HasSubstr("1MB  50.0 (25.0-100)  25.0 (12.5-50.0)  6.25 (3.12-12.5)  "
                              "20.0 (10.0-40.0)      8.00     4.00\n"));
  EXPECT_THAT(text, Not(HasSubstr("more ranks than cores")));
}

TEST(BenchReport, MoreRanksThanCoresAreSaidToBeSo) {
  EXPECT_THAT(bench_text(sample(), /*cores=*/1), HasSubstr("There are more ranks than cores"));
}

TEST(BenchReport, JsonHasRatesAndRatiosAndReadsBack) {
  const nlohmann::json json = bench_json(sample());
  EXPECT_EQ(json["schema"], 1);
  const nlohmann::json& size = json["sizes"][0];
  EXPECT_DOUBLE_EQ(size["step"]["gigabytes_per_second"].get<double>(), 50);
  EXPECT_DOUBLE_EQ(size["step_by_mpi"].get<double>(), 8);
  EXPECT_DOUBLE_EQ(size["all_reduce_by_mpi"].get<double>(), 4);
  const auto read = json.get<run::AllReduceBench>();
  EXPECT_EQ(read.sizes.at(0).bytes, 1'000'000);
  EXPECT_EQ(read.sizes.at(0).mpi.median_seconds, 160e-6);
  EXPECT_EQ(bench_json(read), json);
}

TEST(BenchReport, SizesAreWholeNumbersOfFloatsThatMpiCanTake) {
  EXPECT_THAT(parse_bench_sizes("4B,1MiB,2MB"), ElementsAre(4, 1 << 20, 2'000'000));
  for (const char* wrong : {"", "1MB,", "6B", "1", "-4B", "8GiB", "many"}) {
    EXPECT_THROW(parse_bench_sizes(wrong), Error) << wrong;
  }
}

}  // namespace
}  // namespace muster::coordinator::cli
