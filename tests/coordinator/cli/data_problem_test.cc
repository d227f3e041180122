// Complaints about data name the place in the experiment that they come from.
#include "coordinator/cli/data_problem.h"

#include <gtest/gtest.h>

#include "common/text.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator::cli {
namespace {

/// An experiment whose second training file is at 3:36.
config::LoadResult loaded_in(const TemporaryFolder& folder) {
  const std::string text =
      "model: {name: mlp, input: [2], hidden: [4], classes: 2}\n"
      "data:\n"
      "  train: {format: csv, files: [a.csv, b.csv], label: -1}\n"
      "batch: {global: 4}\n"
      "optimizer: {name: adamw, lr: 1e-3}\n"
      "duration: 1ep\n";
  return config::parse_experiment(text, "e.yaml", folder / "");
}

TEST(DataProblem, AMissingFileIsAMistakeInTheExperiment) {
  const TemporaryFolder folder;
  const std::string path = (folder / "b.csv").string();
  const Problem problem =
      data_problem(Error(ErrorCode::corrupt, path + ": cannot open: No such file or directory"),
                   loaded_in(folder));
  EXPECT_EQ(problem.exit_status, 65);
  EXPECT_EQ(problem.text, concat("e.yaml:3:39: error: data.train.files[1]: ", path,
                                 ": cannot open: No such file or directory"));
}

TEST(DataProblem, AFileWithABadLineIsNamedWithBothPlaces) {
  const TemporaryFolder folder;
  write_text(folder / "b.csv", "1,2\n");
  const std::string path = (folder / "b.csv").string();
  const Problem problem = data_problem(
      Error(ErrorCode::corrupt, path + ":1: 2 values", "three are needed"), loaded_in(folder));
  EXPECT_EQ(problem.text, concat("error: ", path, ":1: 2 values (three are needed)\n",
                                 "  this file is data.train.files[1], e.yaml:3:39"));
}

TEST(MisfitProblem, StandsAtTheKeyThatItBeginsWith) {
  const TemporaryFolder folder;
  EXPECT_EQ(misfit_problem("model.input: [2] is 2 values", "", loaded_in(folder)).text,
            "e.yaml:1:27: error: model.input: [2] is 2 values");
  EXPECT_EQ(misfit_problem("batch.lanes: too many", "fewer", loaded_in(folder)).text,
            "e.yaml:4:8: error: batch.lanes: too many (fewer)");
}

}  // namespace
}  // namespace muster::coordinator::cli
