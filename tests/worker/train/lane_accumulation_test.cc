#include "worker/train/lane_accumulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "common/lanes/summation_tree.h"
#include "common/text.h"

namespace muster::worker {
namespace {

/// What the canonical tree says about a node, as text: "((0+1)+2)".
std::string expression(LaneRange node) {
  if (node.size() == 1) return std::to_string(node.begin);
  const std::int64_t middle = split_point(node);
  return concat("(", expression({node.begin, middle}), "+", expression({middle, node.end}), ")");
}

TEST(LaneAccumulation, EveryCoverNodeIsAddedInTreeOrderWithinTheBuffersPlanned) {
  for (std::int64_t lanes = 1; lanes <= 20; ++lanes) {
    for (std::int64_t begin = 0; begin < lanes; ++begin) {
      for (std::int64_t end = begin + 1; end <= lanes; ++end) {
        std::map<int, std::string> buffers;
        std::vector<std::int64_t> computed;
        int most = 0;
        const LaneOperations operations{
            .compute =
                [&](std::int64_t lane, int buffer) {
                  buffers[buffer] = std::to_string(lane);
                  computed.push_back(lane);
                  most = std::max(most, buffer + 1);
                },
            .add =
                [&](int to, int from) {
                  buffers[to] = concat("(", buffers[to], "+", buffers[from], ")");
                },
        };
        const std::vector<int> result = accumulate_lanes({begin, end}, lanes, operations);
        const std::vector<LaneRange> cover = tree_cover({begin, end}, lanes);
        ASSERT_EQ(result.size(), cover.size());
        for (std::size_t i = 0; i < cover.size(); ++i) {
          EXPECT_EQ(buffers[result[i]], expression(cover[i]));
        }
        EXPECT_TRUE(std::is_sorted(computed.begin(), computed.end()));
        EXPECT_EQ(static_cast<std::int64_t>(computed.size()), end - begin);
        EXPECT_EQ(most, buffers_needed({begin, end}, lanes))
            << lanes << ": " << begin << "-" << end;
      }
    }
  }
}

}  // namespace
}  // namespace muster::worker
