#include "common/lanes/summation_tree.h"

#include <algorithm>
#include <bit>

#include "common/error.h"
#include "common/text.h"

namespace muster {
namespace {

/// Adds to `cover` the largest nodes at or below `node` that lie inside `range`.
void collect_cover(LaneRange node, LaneRange range, std::vector<LaneRange>& cover) {
  if (node.end <= range.begin || range.end <= node.begin) return;
  if (range.begin <= node.begin && node.end <= range.end) {
    cover.push_back(node);
    return;
  }
  const std::int64_t middle = split_point(node);
  collect_cover({node.begin, middle}, range, cover);
  collect_cover({middle, node.end}, range, cover);
}

class ProgramBuilder {
 public:
  explicit ProgramBuilder(std::span<const LaneRange> parts) : parts_(parts) {}

  std::vector<TreeStep> build(std::int64_t lanes) {
    add_node({0, lanes});
    if (next_ != parts_.size()) refuse(lanes);
    return std::move(steps_);
  }

 private:
  /// Steps that leave the sum of `node` on top of the stack. At most log2(lanes) deep.
  void add_node(LaneRange node) {
    if (next_ < parts_.size() && parts_[next_] == node) {
      steps_.push_back({TreeStep::Kind::push, static_cast<std::int32_t>(next_)});
      ++next_;
      return;
    }
    if (node.size() < 2) refuse(node.begin);
    const std::int64_t middle = split_point(node);
    add_node({node.begin, middle});
    add_node({middle, node.end});
    steps_.push_back({TreeStep::Kind::add});
  }

  [[noreturn]] void refuse(std::int64_t lane) const {
    const std::string got =
        next_ < parts_.size()
            ? concat("part ", next_, " is [", parts_[next_].begin, ", ", parts_[next_].end, ")")
            : std::string("the parts end there");
    throw Error(ErrorCode::invalid,
                concat("the parts are not nodes of the summation tree: at lane ", lane, " ", got));
  }

  std::span<const LaneRange> parts_;
  std::size_t next_ = 0;
  std::vector<TreeStep> steps_;
};

/// Live buffers at most while `node` is computed: the left sum waits while the right one is made.
int buffers_of_node(LaneRange node) {
  if (node.size() == 1) return 1;
  const std::int64_t middle = split_point(node);
  return std::max(buffers_of_node({node.begin, middle}), 1 + buffers_of_node({middle, node.end}));
}

}  // namespace

std::int64_t split_point(LaneRange node) {
  MUSTER_ASSERT(node.size() >= 2, "a single lane cannot be split");
  const auto below_size = static_cast<std::uint64_t>(node.size() - 1);
  return node.begin + static_cast<std::int64_t>(std::bit_floor(below_size));
}

std::vector<LaneRange> tree_cover(LaneRange range, std::int64_t lanes) {
  MUSTER_ASSERT(0 <= range.begin && range.begin < range.end && range.end <= lanes,
                "a range has lanes and lies within all lanes");
  std::vector<LaneRange> cover;
  collect_cover({0, lanes}, range, cover);
  return cover;
}

std::vector<TreeStep> tree_program(std::span<const LaneRange> parts, std::int64_t lanes) {
  MUSTER_ASSERT(lanes >= 1, "a tree has at least one lane");
  return ProgramBuilder(parts).build(lanes);
}

int buffers_needed(LaneRange range, std::int64_t lanes) {
  int finished = 0;  // Sums of earlier nodes of the cover, which stay until the reduction.
  int most = 0;
  for (const LaneRange& node : tree_cover(range, lanes)) {
    most = std::max(most, finished + buffers_of_node(node));
    ++finished;
  }
  return most;
}

}  // namespace muster
