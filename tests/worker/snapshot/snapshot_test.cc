// Snapshots survive what kills their writers, and nothing damaged is ever loaded.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>

#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"
#include "worker/snapshot/snapshot_reader.h"
#include "worker/snapshot/snapshot_writer.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();
constexpr StateIdentity kIdentity = 42;

/// A state of 7 blocks of 16 bytes and, for the first 5 of them, 8 bytes more.
struct MadeState {
  explicit MadeState(int seed) {
    std::iota(values.begin(), values.end(), static_cast<unsigned char>(seed));
    std::iota(moments.begin(), moments.end(), static_cast<unsigned char>(3 * seed));
    view.columns = {{"values", reinterpret_cast<std::byte*>(values.data()), 7, 16},
                    {"exp_avg", reinterpret_cast<std::byte*>(moments.data()), 5, 8}};
  }
  MadeState(const MadeState&) = delete;
  MadeState& operator=(const MadeState&) = delete;

  bool operator==(const MadeState& other) const {
    return values == other.values && moments == other.moments;
  }

  std::vector<unsigned char> values = std::vector<unsigned char>(7 * 16);
  std::vector<unsigned char> moments = std::vector<unsigned char>(5 * 8);
  StateView view;
};

SnapshotOwner owner(std::int64_t generation, std::int64_t rank, BlockRange blocks) {
  return {.identity = kIdentity, .generation = generation, .rank = rank, .blocks = blocks};
}

/// The newest whole state in a folder, as one rank reads it; the step, -1 when there is none.
std::int64_t load_newest(const std::filesystem::path& folder, MadeState& state) {
  const SnapshotReader reader(folder, kIdentity, state.view);
  std::int64_t bound = kNoBound;
  while (const auto step = reader.newest_step(bound)) {
    if (reader.load(*step, {0, 7})) return *step;
    bound = *step;
  }
  return -1;
}

TEST(Snapshot, AnyNumberOfRanksReadsWhatOthersWrote) {
  const TemporaryFolder folder;
  MadeState state(5);
  SnapshotWriter first(folder / "run", owner(1, 0, {0, 3}), state.view);
  SnapshotWriter second(folder / "run", owner(1, 1, {3, 7}), state.view);
  first.write(12, R"({"step": 12})");
  second.write(12, R"({"step": 12})");

  MadeState loaded(0);
  const SnapshotReader reader(folder / "run", kIdentity, loaded.view);
  ASSERT_EQ(reader.newest_step(kNoBound), 12);
  EXPECT_EQ(reader.note(12), R"({"step": 12})");
  for (const BlockRange blocks : {BlockRange{0, 2}, BlockRange{2, 6}, BlockRange{6, 7}}) {
    EXPECT_TRUE(reader.load(12, blocks));
  }
  EXPECT_EQ(loaded, state);
  EXPECT_TRUE(reader.complaints().empty());
}

TEST(Snapshot, AStepCountsWhenEveryRankHasFinishedIt) {
  const TemporaryFolder folder;
  MadeState old_state(1);
  MadeState state(1);
  SnapshotWriter first(folder / "run", owner(1, 0, {0, 4}), state.view);
  SnapshotWriter second(folder / "run", owner(1, 1, {4, 7}), state.view);
  first.write(4, "");
  second.write(4, "");
  state.values.assign(state.values.size(), 0xee);
  first.write(8, "");

  MadeState loaded(0);
  EXPECT_EQ(load_newest(folder / "run", loaded), 4);
  EXPECT_EQ(loaded, old_state);
  second.write(8, "");
  EXPECT_EQ(load_newest(folder / "run", loaded), 8);
  EXPECT_EQ(loaded, state);
}

TEST(Snapshot, TwoNewestStepsAreKept) {
  const TemporaryFolder folder;
  MadeState state(1);
  SnapshotWriter writer(folder / "run", owner(1, 0, {0, 7}), state.view);
  for (const std::int64_t step : {1, 2, 3}) {
    state.values.assign(state.values.size(), static_cast<unsigned char>(step));
    writer.write(step, "");
  }
  MadeState loaded(0);
  const SnapshotReader reader(folder / "run", kIdentity, loaded.view);
  EXPECT_EQ(reader.newest_step(kNoBound), 3);
  EXPECT_EQ(reader.newest_step(3), 2);
  EXPECT_EQ(reader.newest_step(2), std::nullopt);
  ASSERT_TRUE(reader.load(2, {0, 7}));
  EXPECT_EQ(loaded.values.front(), 2);
}

TEST(Snapshot, TheNewestGenerationDoesNotHideAnOlderOneThatIsWhole) {
  const TemporaryFolder folder;
  MadeState state(9);
  SnapshotWriter old_writer(folder / "run", owner(1, 0, {0, 7}), state.view);
  old_writer.write(20, "");
  SnapshotWriter new_writer(folder / "run", owner(2, 0, {0, 3}), state.view);
  new_writer.write(24, "");

  MadeState loaded(0);
  EXPECT_EQ(load_newest(folder / "run", loaded), 20);
}

TEST(Snapshot, AnotherExperimentsIsNotLookedAt) {
  const TemporaryFolder folder;
  MadeState state(9);
  SnapshotWriter writer(folder / "run", owner(1, 0, {0, 7}), state.view);
  writer.write(20, "");
  EXPECT_EQ(SnapshotReader(folder / "run", kIdentity + 1, state.view).newest_step(kNoBound),
            std::nullopt);
  EXPECT_EQ(SnapshotReader(folder / "nothing", kIdentity, state.view).newest_step(kNoBound),
            std::nullopt);
  StateView other = state.view;
  other.columns[1].name = "momentum_buffer";
  EXPECT_NE(identity_of(state.view, "hash"), identity_of(other, "hash"));
  EXPECT_NE(identity_of(state.view, "hash"), identity_of(state.view, "other hash"));
}

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void set_contents(const std::filesystem::path& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
}

/// A folder with steps 4 and 8 of one rank, whose states are MadeState(4) and MadeState(8).
struct TwoSnapshots {
  TwoSnapshots() {
    MadeState state(4);
    SnapshotWriter writer(folder / "run", owner(1, 0, {0, 7}), state.view);
    path = writer.path();
    writer.write(4, "four");
    const MadeState later(8);  // Copied in place: the writer looks at this memory.
    std::ranges::copy(later.values, state.values.begin());
    std::ranges::copy(later.moments, state.moments.begin());
    writer.write(8, "eight");
    contents = contents_of(path);
  }

  /// What is loaded is one of the two states, or nothing.
  testing::AssertionResult holds_only_what_was_written() const {
    MadeState loaded(0);
    const std::int64_t step = load_newest(folder / "run", loaded);
    if (step == -1) return testing::AssertionSuccess() << "nothing";
    if ((step == 4 || step == 8) && loaded == MadeState(static_cast<int>(step))) {
      return testing::AssertionSuccess() << "step " << step;
    }
    return testing::AssertionFailure() << "step " << step << " with other contents";
  }

  TemporaryFolder folder;
  std::filesystem::path path;
  std::string contents;
};

/// The unused rest of the header and of the notes: nothing is read from there.
bool is_unused(std::size_t byte) {
  const SnapshotLayout layout(MadeState(0).view, {0, 7});
  const auto in_note = [&](std::int64_t slot) {
    const std::size_t start = layout.slot(slot);
    return byte >= start + layout.note() + 5 && byte < start + layout.hashes();
  };
  return (byte >= sizeof(SnapshotHeader) && byte < kSnapshotHeaderBytes) || in_note(0) ||
         in_note(1);
}

TEST(Snapshot, NoFlippedBitIsEverLoaded) {
  TwoSnapshots made;
  int fell_back = 0;
  for (std::size_t byte = 0; byte < made.contents.size(); ++byte) {
    if (is_unused(byte)) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = made.contents;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      set_contents(made.path, flipped);
      const auto result = made.holds_only_what_was_written();
      ASSERT_TRUE(result) << "byte " << byte << ", bit " << bit;
      if (std::string(result.message()) != "step 8") ++fell_back;
    }
  }
  EXPECT_GT(fell_back, 1000);
}

TEST(Snapshot, NoLengthOfATruncatedFileIsTakenForAWholeOne) {
  TwoSnapshots made;
  std::string seen;
  for (std::size_t length = 0; length <= made.contents.size(); ++length) {
    if (is_unused(length) && length % 64 != 0) continue;
    std::filesystem::resize_file(made.path, length);
    const auto result = made.holds_only_what_was_written();
    ASSERT_TRUE(result) << "length " << length;
    if (!seen.ends_with(result.message())) seen += std::string(" ") + result.message();
    set_contents(made.path, made.contents);
  }
  EXPECT_EQ(seen, " nothing step 4 step 8");
}

TEST(Snapshot, LeavesNoFileWhereThereIsNoRoomForOne) {
  const TemporaryFolder folder;
  MadeState state(1);
  {
    const FileSizeLimit limit(2048);
    const Error error = error_of([&] {
      SnapshotWriter(folder / "run", owner(1, 0, {0, 7}), state.view);
    });
    EXPECT_EQ(error.code(), ErrorCode::storage);
    EXPECT_THAT(error.what(), testing::HasSubstr("no room for"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "run"));
}

// A full /dev/shm: the first state stays whole.
TEST(Snapshot, SaysBeforeItWritesThatThereIsNoRoomForASecondState) {
  const TemporaryFolder folder;
  MadeState state(4);
  SnapshotWriter writer(folder / "run", owner(1, 0, {0, 7}), state.view);
  writer.write(4, "");
  {
    const FileSizeLimit limit(std::filesystem::file_size(writer.path()) + 100);
    EXPECT_EQ(code_of_error([&] { writer.make_room(); }), ErrorCode::storage);
  }
  MadeState loaded(0);
  EXPECT_EQ(load_newest(folder / "run", loaded), 4);
  EXPECT_EQ(loaded, state);
}

std::int64_t bytes_in_use(const std::filesystem::path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return static_cast<std::int64_t>(status.st_blocks) * 512;
}

// What the next generation goes on from takes the place of one state, so that it can take a
// snapshot where there is room for two.
TEST(Snapshot, OlderGenerationsGiveBackAllButTheStateThatWasLoaded) {
  const TemporaryFolder folder;
  constexpr std::int64_t kBlocks = 64;
  std::vector<std::byte> values(kBlocks * 4096);
  StateView view;
  view.columns = {{"values", values.data(), kBlocks, 4096}};
  SnapshotWriter first(folder / "run", owner(1, 0, {0, kBlocks}), view);
  SnapshotWriter second(folder / "run", owner(2, 0, {0, kBlocks}), view);
  SnapshotWriter newer(folder / "run", owner(4, 0, {0, kBlocks}), view);
  first.write(2, "");
  for (const std::int64_t step : {4, 8}) {
    std::fill(values.begin(), values.end(), static_cast<std::byte>(step));
    second.write(step, "");
  }
  newer.write(12, "");
  const std::int64_t before = bytes_in_use(second.path());

  SnapshotReader(folder / "run", kIdentity, view).give_back(3, 8);
  EXPECT_FALSE(std::filesystem::exists(first.path()));
  EXPECT_TRUE(std::filesystem::exists(newer.path()));
  EXPECT_LE(bytes_in_use(second.path()), before / 2 + 2 * 4096);
  const SnapshotReader reader(folder / "run", kIdentity, view);
  EXPECT_TRUE(reader.complaints().empty());
  EXPECT_EQ(reader.newest_step(12), 8);
  EXPECT_EQ(reader.newest_step(8), std::nullopt);
  values.assign(values.size(), std::byte{});
  EXPECT_TRUE(reader.load(8, {0, kBlocks}));
  EXPECT_EQ(values.back(), std::byte{8});

  reader.give_back(3, std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(second.path()));
  EXPECT_TRUE(std::filesystem::exists(newer.path()));
}

TEST(Snapshot, AFolderThatOthersMayEnterIsNotUsed) {
  const TemporaryFolder folder;
  MadeState state(1);
  std::filesystem::create_directory(folder / "run");
  std::filesystem::permissions(folder / "run", std::filesystem::perms::others_all,
                               std::filesystem::perm_options::add);
  const Error error = error_of([&] {
    SnapshotWriter(folder / "run", owner(1, 0, {0, 7}), state.view);
  });
  EXPECT_EQ(error.code(), ErrorCode::storage);
  EXPECT_THAT(error.what(), testing::HasSubstr("private folder"));
}

}  // namespace
}  // namespace muster::worker
