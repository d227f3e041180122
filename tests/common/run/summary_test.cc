// summary.json: the keys that others read, and the way back.
#include "common/run/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

Summary example() {
  Summary summary;
  summary.run = "digits-0007";
  summary.run_id = "0123456789abcdef";
  summary.status = Status::failed;
  summary.failure_reason = "rank 1 ended by signal 11";
  summary.steps = 120;
  summary.epochs = 10;
  summary.samples_seen = 14370;
  summary.records_skipped = 3;
  summary.eval = {{"accuracy", 0.9875}, {"loss", 0.05}};
  summary.model_sha256 = "ab";
  summary.workers = 2;
  summary.generations = 2;
  summary.restarts = 1;
  summary.steps_redone = 3;
  summary.redo_seconds = 0.5;
  summary.recovery_seconds = {0.75};
  summary.wall_seconds = 14.5;
  summary.samples_per_second = 1000.5;
  summary.worker_seconds = {.used = 20, .idle = 8, .lost = 1};
  summary.snapshot_share = 0.004;
  summary.checkpoint_share = 0.002;
  summary.checkpoints = {0, 60, 120};
  summary.checkpoint_failures = {90};
  return summary;
}

TEST(Summary, HasTheDocumentedKeys) {
  EXPECT_EQ(nlohmann::json(example()), nlohmann::json::parse(R"({
    "schema": 1, "run": "digits-0007", "run_id": "0123456789abcdef",
    "status": "failed", "failure_reason": "rank 1 ended by signal 11",
    "steps": 120, "epochs": 10.0, "samples_seen": 14370, "records_skipped": 3,
    "eval": {"accuracy": 0.9875, "loss": 0.05}, "model_sha256": "ab",
    "workers": 2, "generations": 2, "restarts": 1, "steps_redone": 3, "redo_seconds": 0.5,
    "recovery_seconds": [0.75], "wall_seconds": 14.5, "samples_per_second": 1000.5,
    "worker_seconds": {"used": 20.0, "idle": 8.0, "lost": 1.0}, "checkpoints": [0, 60, 120],
    "snapshot_share": 0.004, "checkpoint_share": 0.002, "checkpoint_failures": [90],
    "exit_status": 0, "coordinator": 0})"));
}

TEST(Summary, ComesBackFromItsFile) {
  const TemporaryFolder folder;
  write_summary(folder / "summary.json", example());
  EXPECT_EQ(nlohmann::json(read_summary(folder / "summary.json")), nlohmann::json(example()));
}

// A training that diverged still has a summary that can be read.
TEST(Summary, NanIsNullInTheFileAndNanAgain) {
  const TemporaryFolder folder;
  Summary summary = example();
  summary.eval["loss"] = std::nan("");
  write_summary(folder / "summary.json", summary);
  EXPECT_THAT(read_file(folder / "summary.json"), testing::HasSubstr("\"loss\": null"));
  EXPECT_TRUE(std::isnan(read_summary(folder / "summary.json").eval.at("loss")));
}

TEST(Summary, EveryStatusHasItsName) {
  for (const auto& [status, name] : {std::pair{Status::completed, "completed"},
                                     {Status::failed, "failed"},
                                     {Status::stopped, "stopped"},
                                     {Status::preempted, "preempted"}}) {
    Summary summary = example();
    summary.status = status;
    const nlohmann::json json = summary;
    EXPECT_EQ(json.at("status"), name);
    EXPECT_EQ(json.get<Summary>().status, status);
  }
}

TEST(Summary, EveryMissingKeyIsCorruptAndNamed) {
  const nlohmann::json whole = example();
  for (const auto& [key, value] : whole.items()) {
    if (key == "exit_status" || key == "coordinator") continue;  // Earlier versions wrote none.
    nlohmann::json damaged = whole;
    damaged.erase(key);
    const Error error = error_of([&] { damaged.get<Summary>(); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << key;
    EXPECT_THAT(error.what(), testing::HasSubstr(key));
  }
}

TEST(Summary, UnknownStatusIsCorrupt) {
  nlohmann::json damaged = example();
  damaged["status"] = "fine";
  EXPECT_EQ(code_of_error([&] { damaged.get<Summary>(); }), ErrorCode::corrupt);
}

}  // namespace
}  // namespace muster::run
