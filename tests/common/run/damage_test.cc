// Files of a run directory that are almost right: whatever happened to one, reading it gives a
// value or Error{corrupt} (of a later version: unsupported), never a crash or another exception.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/run/plan.h"
#include "common/run/summary.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"
#include "tests/support/mutator.h"

namespace muster::run {
namespace {

const std::vector<std::string> kPieces = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "-1",
    "1e999",
    "true",
    "[[[[[[[[",
    "0",
    "9223372036854775808",
    "\xff",
    "\n",
    "{\"a\":",
    "1.5",
    "\"\"",
    "-",
    "e",
};

/// Reads damaged copies of `good` with `read`. The number of those that were still right.
template <class Read>
int count_readable(const std::string& good, Read read) {
  const TemporaryFolder folder;
  Mutator mutator(6, kPieces);
  int readable = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string text = mutator.mutate(good);
    std::ofstream(folder / "file", std::ios::binary | std::ios::trunc) << text;
    try {
      read(folder / "file");
      ++readable;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::unsupported)
          << error.what() << "\n"
          << text;
    }
  }
  return readable;
}

TEST(Damage, PlansAreReadOrCorrupt) {
  Plan plan;
  plan.run_id = "0123456789abcdef";
  plan.workers = 2;
  plan.lanes = 4;
  plan.lanes_of_worker = {{0, 2}, {2, 4}};
  plan.launch_command = {"mpirun", "-np", "2"};
  const std::string good = nlohmann::json(plan).dump();
  EXPECT_LT(count_readable(good, [](const auto& file) { read_plan(file); }), 250);
}

TEST(Damage, SummariesAreReadOrCorrupt) {
  Summary summary;
  summary.eval = {{"accuracy", 0.5}, {"loss", 0.1}};
  summary.checkpoints = {10, 20};
  const TemporaryFolder folder;
  write_summary(folder / "summary.json", summary);
  std::ifstream in(folder / "summary.json");
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  EXPECT_LT(count_readable(good, [](const auto& file) { read_summary(file); }), 250);
}

TEST(Damage, JournalsGiveTheLinesBeforeTheDamage) {
  std::string good;
  for (int i = 0; i < 5; ++i) good += journal_line({{"event", i}}) + "\n";
  EXPECT_EQ(
      count_readable(good, [](const auto& file) { EXPECT_LE(read_journal(file).size(), 9U); }),
      500);
}

}  // namespace
}  // namespace muster::run
