#include "worker/train/replicas.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "comm/local/local_world.h"
#include "common/error.h"

namespace muster::worker {
namespace {

/// What compare_replicas says in a world of four ranks, two a node or one a node; the state of the
/// ranks in `bad` has one bit flipped. All ranks must say the same.
std::string complaint(int ranks_per_node, const std::set<int>& bad) {
  std::mutex mutex;
  std::set<std::string> said;
  comm::run_local_world({.ranks = 4, .ranks_per_node = ranks_per_node},
                        [&](comm::Communicator& communicator) {
                          const int rank = communicator.rank().index;
                          std::vector<std::byte> values(64, std::byte{1});
                          if (bad.contains(rank)) values[17] ^= std::byte{4};
                          const StateView state{{{"values", values.data(), 4, 16}}};
                          std::string text;
                          try {
                            compare_replicas(communicator, state);
                          } catch (const Error& error) {
                            EXPECT_EQ(error.code(), ErrorCode::corrupt);
                            text = error.what();
                          }
                          const std::lock_guard lock(mutex);
                          said.insert(text);
                        });
  EXPECT_EQ(said.size(), 1u);
  return *said.begin();
}

TEST(Replicas, EqualOnesAreNotMentioned) {
  for (const int ranks_per_node : {1, 2, 4}) EXPECT_EQ(complaint(ranks_per_node, {}), "");
}

TEST(Replicas, TheOneThatDiffersIsNamed) {
  for (int rank = 0; rank < 4; ++rank) {
    const std::string text = complaint(1, {rank});
    EXPECT_NE(text.find("different from the others: rank " + std::to_string(rank)),
              std::string::npos)
        << text;
  }
}

TEST(Replicas, OfTwoThatDifferNoneIsTakenForTheRightOne) {
  const std::string text = complaint(2, {2});
  EXPECT_NE(text.find("they differ: ranks 0 to 1, ranks 2 to 3"), std::string::npos) << text;
}

}  // namespace
}  // namespace muster::worker
