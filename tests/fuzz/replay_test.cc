// Runs a fuzz target without a fuzzer: every file of its corpus, and some thousand seeded mutations
// of them. What a fuzzer has found is put into the corpus, and so found again here.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "common/atomic_file.h"
#include "tests/support/mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace muster {
namespace {

constexpr int kMutations = 2000;

std::vector<std::string> corpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(MUSTER_FUZZ_CORPUS)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> texts;
  for (const auto& path : paths) texts.push_back(read_file(path));
  return texts;
}

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

TEST(FuzzReplay, CorpusIsTakenOrRefused) {
  ASSERT_FALSE(corpus().empty());
  for (const std::string& text : corpus()) run(text);
}

TEST(FuzzReplay, MutationsOfTheCorpusAreTakenOrRefused) {
  const std::vector<std::string> texts = corpus();
  std::vector<std::string> pieces = {
      std::string(1, '\0'),   "\xff", "{",  "}",   "[", "]", "\"", ",", "-1", "1e999",
      "18446744073709551616", "\n",   ": ", "null"};
  Mutator mutator(7, pieces);
  for (int i = 0; i < kMutations; ++i) run(mutator.mutate(texts[mutator.below(texts.size())]));
}

}  // namespace
}  // namespace muster
