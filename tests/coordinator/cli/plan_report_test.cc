#include "coordinator/cli/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/coordinator/cli/sample_preparation.h"

namespace muster::coordinator::cli {
namespace {

using testing::HasSubstr;

PlanReport report_of(const Preparation& preparation) {
  const WorldSize world{preparation.plan.lanes, preparation.plan.workers, {}};
  return {preparation, memory_of_smaller(preparation.inspection, world),
          traffic_of(preparation.inspection, world),
          coordinator::Command{{"mpirun", "-np", "2"}, {{"A", "1"}, {"B", "2 3"}}}};
}

TEST(PlanReport, TellsEverythingThatWasDecided) {
  const Preparation preparation = sample_preparation();
  const std::string text = plan_text(report_of(preparation));
  for (const char* part :
       {"convnet, 19,466 parameters in fp32", "1,437 training samples, 360 for evaluation",
        "2 workers x 1 thread", "128 samples a step in 4 lanes, 2 for a worker",
        "120 steps, 12 to an epoch; adamw, cosine schedule",
        "  A=1 \\\n  B='2 3' \\\n  mpirun -np 2\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, HasSubstr("  worker  lanes  samples a step\n"
                              "       0    0-1              64\n"
                              "       1    2-3              64\n"));
}

// 80 kB a buffer: two gradients and half of 160 kB, then three and all of it.
TEST(PlanReport, ShowsMemoryOfTheWorldAndOfSmallerOnes) {
  const std::string text = plan_text(report_of(sample_preparation()));
  EXPECT_THAT(text,
              HasSubstr("  workers  nodes  lanes each  gradients each  per worker  per node\n"
                        "        2      1           2               2    240.0 kB  560.0 kB\n"
                        "        1      1           4               3    400.0 kB  480.0 kB\n"));
}

TEST(PlanReport, WarnsWhenLanesWereNotSet) {
  Preparation preparation = sample_preparation();
  preparation.lanes_were_set = false;
  EXPECT_THAT(plan_text(report_of(preparation)), HasSubstr("Write batch.lanes: 4"));
}

TEST(PlanReport, ManyWorkersAreSummedUp) {
  Preparation preparation = sample_preparation();
  preparation.plan.lanes = preparation.plan.workers = 40;
  preparation.plan.lanes_of_worker = lanes_of_workers(40, 40);
  EXPECT_THAT(plan_text(report_of(preparation)), HasSubstr("and 24 more"));
}

TEST(PlanReport, JsonCarriesTheSameFiguresInBytes) {
  const Preparation preparation = sample_preparation();
  const nlohmann::json json = plan_json(report_of(preparation));
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("model").at("parameters"), 19466);
  EXPECT_EQ(json.at("total_steps"), 120);
  EXPECT_EQ(json.at("partition").at(1).at("lanes"), (nlohmann::json{2, 4}));
  EXPECT_EQ(json.at("memory").at(0).at("worker_bytes"), 2 * 80000 + 80000);
  EXPECT_EQ(json.at("step_bytes").at("gradient"), 80000);
  EXPECT_EQ(json.at("launch_command"), (nlohmann::json{"mpirun", "-np", "2"}));
}

}  // namespace
}  // namespace muster::coordinator::cli
