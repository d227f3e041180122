// `muster` in a folder of its own, with a fake worker beside it, a small experiment and its data.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "coordinator/cli/subprocess.h"

namespace muster::coordinator::cli {

/// Six samples of four values and a label in 0..2.
inline constexpr const char* kGoodData =
    "1,2,3,4,0\n5,6,7,8,1\n9,10,11,12,2\n1,1,1,1,0\n2,2,2,2,1\n3,3,3,3,2\n";

/// Two workers, two lanes, steps of four: an epoch has a full step and a short one of two samples.
inline constexpr const char* kGoodExperiment = R"(name: tiny
model: {name: mlp, input: [4], hidden: [6], classes: 3}
objective: {name: cross_entropy}
data:
  train: {format: csv, files: [train.csv], label: -1}
batch: {global: 4, lanes: 2}
optimizer: {name: adamw, lr: 1.0e-3}
duration: 3ep
cluster: {workers: 2}
)";

class Program : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  void write(const std::string& name, const std::string& contents) const;

  /// muster with these arguments; EXPERIMENT stands for the experiment's path.
  ProgramOutput muster(std::vector<std::string> arguments) const;

  std::string experiment() const { return (folder_ / "tiny.yaml").string(); }

  /// Everything in the folder where runs would go.
  std::vector<std::string> runs() const;

  std::filesystem::path folder_;
};

}  // namespace muster::coordinator::cli
