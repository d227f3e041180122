// plan.json comes back as it was written, and a damaged one is refused with the key that is wrong.
#include "common/run/plan.h"

#include <gtest/gtest.h>

#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

Plan example() {
  Plan plan;
  plan.run_id = "0123456789abcdef";
  plan.config_hash = "c0ffee";
  plan.workers = 2;
  plan.lanes = 4;
  plan.lanes_of_worker = {{0, 2}, {2, 4}};
  plan.train_samples = 1437;
  plan.eval_samples = 360;
  plan.records_skipped = 2;
  plan.steps_per_epoch = 12;
  plan.total_steps = 120;
  plan.train_manifest = {{"files", {{{"path", "train.csv"}}}}};
  plan.launch_command = {"mpirun", "-np", "2"};
  return plan;
}

TEST(RunId, HasSixteenHexadecimalCharactersAndDiffers) {
  EXPECT_THAT(make_run_id(), testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(make_run_id(), make_run_id());
}

TEST(Plan, ComesBackFromItsFile) {
  const TemporaryFolder folder;
  const Plan plan = example();
  write_plan(folder / "plan.json", plan);
  const Plan back = read_plan(folder / "plan.json");
  EXPECT_EQ(nlohmann::json(back), nlohmann::json(plan));
  EXPECT_EQ(back.lanes_of_worker, plan.lanes_of_worker);
  EXPECT_TRUE(back.eval_manifest.is_null());
  EXPECT_EQ(back.total_steps, 120);
}

TEST(Plan, MissingFileIsAStorageError) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of_error([&] { read_plan(folder / "plan.json"); }), ErrorCode::storage);
}

TEST(Plan, EveryMissingKeyIsCorruptAndNamed) {
  const nlohmann::json whole = example();
  for (const auto& [key, value] : whole.items()) {
    if (key == "batch_job") continue;  // Plans of earlier versions have none.
    nlohmann::json damaged = whole;
    damaged.erase(key);
    const Error error = error_of([&] { damaged.get<Plan>(); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << key;
    EXPECT_THAT(error.what(), testing::HasSubstr(key));
  }
}

TEST(Plan, LanesThatDoNotFitTogetherAreCorrupt) {
  for (const char* ranges :
       {"[]", "[[0,2]]", "[[0,2],[3,4]]", "[[0,2],[2,2],[2,4]]", "[[2,4],[0,2]]", "[[0,2],[2,5]]",
        "[[0,4,4]]", "[0,4]", "{}", "[[0,-4]]", "[[0,4.0]]"}) {
    nlohmann::json damaged = example();
    damaged["lanes_of_worker"] = nlohmann::json::parse(ranges);
    EXPECT_EQ(code_of_error([&] { damaged.get<Plan>(); }), ErrorCode::corrupt) << ranges;
  }
}

TEST(Plan, ErrorNamesTheFile) {
  const TemporaryFolder folder;
  for (const char* text : {"", "[]", "{\"schema\":1}", "not json"}) {
    write_text(folder / "plan.json", text);
    const Error error = error_of([&] { read_plan(folder / "plan.json"); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << text;
    EXPECT_THAT(error.what(), testing::HasSubstr("plan.json: "));
  }
}

TEST(Plan, SchemaOfALaterVersionIsUnsupported) {
  nlohmann::json later = example();
  later["schema"] = 2;
  const Error error = error_of([&] { later.get<Plan>(); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_STREQ(error.what(), "has schema 2, this program knows 1");
}

}  // namespace
}  // namespace muster::run
