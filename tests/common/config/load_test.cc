// Files, defaults, names and paths.
#include "common/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A folder of this test, removed at its end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "muster-config-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

// The smallest experiment that there is: what a first one needs to say.
constexpr const char* kSmallest =
    "model: {name: mlp, input: [4], classes: 3}\n"
    "data:\n"
    "  train: {format: csv, files: [iris.csv], label: -1}\n"
    "batch: {global: 32}\n"
    "optimizer: {name: adamw, lr: 1e-3}\n"
    "duration: 20ep\n";

TEST(Load, WhatIsNotGivenHasADefault) {
  const LoadResult result = parse_experiment(kSmallest, "dir/my first.yaml", "/base");
  ASSERT_THAT(texts_of(result.diagnostics), IsEmpty());
  Experiment expected;
  expected.name = "my-first";
  expected.model.options = MlpOptions{.input = {4}, .hidden = {}, .classes = 3};
  CsvOptions csv;
  csv.files = {"/base/iris.csv"};
  csv.label = -1;
  expected.data.train = csv;
  expected.batch.global = 32;
  AdamwOptions adamw;
  adamw.lr = 1e-3;
  expected.optimizer = adamw;
  expected.duration = {20, Duration::Unit::epochs};
  EXPECT_TRUE(result.experiment == expected);
}

TEST(Load, TheNameIsTheFilesName) {
  const auto name = [](const std::string& file) {
    return parse_experiment(kSmallest, file, "/").experiment.name;
  };
  EXPECT_EQ(name("configs/digits.yaml"), "digits");
  EXPECT_EQ(name("digits.v2.yaml"), "digits.v2");
  EXPECT_EQ(name("größe 1.yaml"), "gr----e-1");
  EXPECT_EQ(name("_.yaml"), "experiment");
  EXPECT_EQ(name(std::string(100, 'a') + ".yaml"), std::string(64, 'a'));
}

TEST(Load, RelativePathsStartAtTheFilesFolder) {
  const Folder folder;
  const auto file = folder.write("e.yaml", good());
  const LoadResult result = load_experiment(folder.path() / "." / "e.yaml");
  ASSERT_THAT(texts_of(result.diagnostics), IsEmpty());
  EXPECT_THAT(std::get<CsvOptions>(result.experiment.data.train).files,
              ElementsAre(folder.path() / "train.csv"));
}

TEST(Load, FilesThatCannotBeReadAreDiagnostics) {
  const Folder folder;
  const auto text = [](const std::filesystem::path& file) {
    const LoadResult result = load_experiment(file);
    return result.diagnostics.size() == 1 ? result.diagnostics[0].text() : "not one diagnostic";
  };
  const auto missing = folder.path() / "missing.yaml";
  EXPECT_EQ(text(missing),
            missing.string() + ": error: cannot read the experiment: No such file or directory");
  EXPECT_EQ(
      text(folder.path()),
      folder.path().string() + ": error: cannot read the experiment: it is not a regular file");
  EXPECT_EQ(text("/dev/zero"),
            "/dev/zero: error: cannot read the experiment: it is not a regular file");
  const auto huge = folder.write("huge.yaml", std::string(1'000'001, '#'));
  EXPECT_EQ(text(huge),
            huge.string() +
                ": error: the file has more than 1000000 bytes (an experiment is a small "
                "YAML file)");
}

TEST(Load, PlacesOfKeysAreKept) {
  const LoadResult result = parse(good(), {"threads=2"});
  EXPECT_EQ(result.complaint("batch.lanes", "x").text(), "e.yaml:6:29: error: x");
  EXPECT_EQ(result.complaint("batch.micro", "x").text(), "e.yaml:6:8: error: x");
  EXPECT_EQ(result.complaint("data.train.files[0]", "x").text(), "e.yaml:4:32: error: x");
  EXPECT_EQ(result.complaint("threads", "x", "h").text(), "override:1:9: error: x (h)");
  EXPECT_EQ(result.complaint("precision", "x").text(), "e.yaml:1:1: error: x");
}

TEST(Load, ShippedExperimentsAreRight) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MUSTER_CONFIGS)) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    EXPECT_THAT(texts_of(load_experiment(entry.path()).diagnostics), IsEmpty());
  }
  EXPECT_GE(files, 2);
}

}  // namespace
}  // namespace muster::config
