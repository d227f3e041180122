// model.init, model.init_sha256 and model.fresh: where the path goes, and which of them decide
// bits.
#include "common/config/models/initial_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/resolve.h"
#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kSha256(64, 'a');

/// The good experiment with further keys of the model.
std::string with_model_keys(const std::string& keys) {
  return with_line(
      2, "model: {name: convnet, input: [1, 8, 8], channels: [32, 64], classes: 10, " + keys + "}");
}

const InitialWeights& initial_of(const LoadResult& loaded) {
  return initial_weights_of(loaded.experiment.model.options);
}

TEST(InitialWeights, PathsStartWhereOtherPathsStart) {
  const LoadResult loaded = parse(with_model_keys("init: w/a.safetensors, fresh: fc.*"));
  ASSERT_THAT(texts_of(loaded.diagnostics), IsEmpty());
  EXPECT_EQ(initial_of(loaded).file, "/base/w/a.safetensors");
  EXPECT_THAT(initial_of(loaded).fresh, ElementsAre("fc.*"));
  EXPECT_EQ(initial_of(parse(good(), {"model.init=/x/a.safetensors"})).file, "/x/a.safetensors");
}

TEST(InitialWeights, KeysWithoutAFileAndBadHashesAreRefused) {
  struct Case {
    std::string keys;
    std::string complaint;
  };
  const std::vector<Case> cases = {
      {"fresh: [fc.*]",
       "2:82: error: model.fresh needs model.init: without it all weights are random"},
      {"init_sha256: " + kSha256,
       "2:88: error: model.init_sha256 needs model.init: without it all weights are random"},
      {"init: a, init_sha256: abc",
       "2:97: error: model.init_sha256 must be 64 hexadecimal digits (0-9, a-f), got fewer"},
      {"init: a, init_sha256: sha256",
       "2:97: error: model.init_sha256 must be 64 hexadecimal digits (0-9, a-f), got 'sha256'"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_model_keys(c.keys)), ElementsAre(c.complaint)) << c.keys;
  }
}

TEST(InitialWeights, ContentsDecideTheBitsAndThePathDoesNot) {
  const auto hash_with = [](const std::string& keys) {
    const LoadResult loaded = parse(with_model_keys(keys));
    EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
    return config_hash(loaded.experiment, "");
  };
  const std::string hash = hash_with("init: a, init_sha256: " + kSha256);
  EXPECT_EQ(hash_with("init: b, init_sha256: " + kSha256), hash);
  EXPECT_NE(hash_with("init: a, init_sha256: " + std::string(64, 'b')), hash);
  EXPECT_NE(hash_with("init: a, fresh: [fc.*], init_sha256: " + kSha256), hash);
}

// What ran before these keys existed can still be resumed.
TEST(InitialWeights, WithoutAFileNothingIsHashedOrWritten) {
  const LoadResult loaded = parse(good());
  for (const auto& [key, value] : hashed_keys(loaded.experiment, "")) {
    EXPECT_TRUE(!key.starts_with("model.init") && key != "model.fresh") << key;
  }
  EXPECT_EQ(to_yaml(loaded.experiment).find("fresh"), std::string::npos);
}

TEST(InitialWeights, AreWrittenSoThatTheyReadBackTheSame) {
  // A hash may look like a number.
  const std::string number(64, '1');
  const LoadResult loaded =
      parse(with_model_keys("init: /a b/w.safetensors, init_sha256: '" + number + "'"));
  ASSERT_THAT(texts_of(loaded.diagnostics), IsEmpty());
  const LoadResult again = parse(to_yaml(loaded.experiment));
  ASSERT_THAT(texts_of(again.diagnostics), IsEmpty());
  EXPECT_EQ(again.experiment, loaded.experiment);
  EXPECT_EQ(initial_of(again).sha256, number);
}

}  // namespace
}  // namespace muster::config
