// The worked example of docs/data.md, read from there: its table and its experiment go together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "common/config/load.h"
#include "common/config/needs.h"
#include "data/dataset.h"
#include "tests/data/formats/csv_support.h"
#include "tests/data/temporary_folder.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string document() {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/docs/data.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The fenced blocks in `language`.
std::vector<std::string> blocks(const std::string& language) {
  const std::string text = document();
  const std::string fence = "```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

TEST(DataDocumentation, WorkedExampleOpens) {
  const TemporaryFolder folder;
  ASSERT_EQ(blocks("csv").size(), 1u);
  folder.write("flowers.csv", blocks("csv").front());
  const auto loaded = config::load_experiment(folder.write("flowers.yaml", blocks("yaml").front()));
  ASSERT_THAT(loaded.diagnostics, IsEmpty());
  const auto dataset =
      open_dataset(loaded.experiment.data.train, config::needs_of(loaded.experiment));
  EXPECT_THAT(values_of<float>(*dataset, "input", {0, 1}), ElementsAre(1.4f, 0.2f, 4.7f, 1.4f));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(0, 1, 2, 0, 2));
}

// The other blocks are parts of experiments: they replace the data of the first.
TEST(DataDocumentation, KeysOfTheOtherExamplesExist) {
  const std::vector<std::string> all = blocks("yaml");
  ASSERT_GT(all.size(), 3u);
  const std::string rest =
      "model: {name: mlp, input: [2], classes: 3}\nbatch: {global: 4}\n"
      "optimizer: {name: adamw, lr: 1e-2}\nduration: 1ep\n";
  for (std::size_t i = 1; i < all.size(); ++i) {
    for (const auto& diagnostic :
         config::parse_experiment(all[i] + rest, "e.yaml", "/").diagnostics) {
      EXPECT_EQ(diagnostic.message.find("unknown key"), std::string::npos) << diagnostic.text();
      EXPECT_EQ(diagnostic.message.find("missing key"), std::string::npos) << diagnostic.text();
    }
  }
}

}  // namespace
}  // namespace muster::data
