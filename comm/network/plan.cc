#include "comm/network/plan.h"

#include <algorithm>

namespace muster::comm {
namespace {

constexpr std::int64_t kGrain = 16;

// `window`, cut wherever one of `ranges` begins or ends.
std::vector<ElementRange> cut(std::span<const ElementRange> ranges, const ElementRange& window) {
  std::vector<std::int64_t> edges = {window.begin, window.end};
  for (const ElementRange& range : ranges) {
    const ElementRange inside = overlap(range, window);
    if (inside.size() == 0) continue;
    edges.push_back(inside.begin);
    edges.push_back(inside.end);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  std::vector<ElementRange> pieces;
  for (std::size_t i = 1; i < edges.size(); ++i) pieces.push_back({edges[i - 1], edges[i]});
  return pieces;
}

// The ranks whose range holds all of `piece`, by node; nodes without one are left out.
std::vector<std::vector<int>> holders(std::span<const ElementRange> ranges, const NodeLayout& nodes,
                                      const ElementRange& piece) {
  std::vector<std::vector<int>> by_node;
  for (const std::vector<int>& node : nodes.ranks_of_node) {
    std::vector<int> ranks;
    for (const int rank : node) {
      const ElementRange& range = ranges[static_cast<std::size_t>(rank)];
      if (range.begin <= piece.begin && piece.end <= range.end) ranks.push_back(rank);
    }
    if (!ranks.empty()) by_node.push_back(std::move(ranks));
  }
  return by_node;
}

}  // namespace

ElementRange piece_of(const ElementRange& range, int index, int count) {
  const std::int64_t grains = (range.size() + kGrain - 1) / kGrain;
  const auto edge = [&](std::int64_t i) {
    return std::min(range.begin + grains * i / count * kGrain, range.end);
  };
  return {edge(index), edge(index + 1)};
}

ElementRange overlap(const ElementRange& a, const ElementRange& b) {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

int node_of(const NodeLayout& nodes, int rank) {
  const auto& all = nodes.ranks_of_node;
  const auto after = std::upper_bound(all.begin(), all.end(), rank,
                                      [](int r, const auto& ranks) { return r < ranks.front(); });
  return static_cast<int>(after - all.begin()) - 1;
}

int counterpart(const NodeLayout& nodes, int node, int other) {
  const auto& theirs = nodes.ranks_of_node[static_cast<std::size_t>(node_of(nodes, other))];
  const auto& ours = nodes.ranks_of_node[static_cast<std::size_t>(node)];
  return ours[static_cast<std::size_t>(other - theirs.front()) % ours.size()];
}

std::vector<ReduceTask> plan_reduction(std::span<const ElementRange> wanted,
                                       const NodeLayout& nodes, const ElementRange& window) {
  std::vector<ReduceTask> tasks;
  for (const ElementRange& piece : cut(wanted, window)) {
    const std::vector<std::vector<int>> wanting = holders(wanted, nodes, piece);
    for (std::size_t node = 0; node < wanting.size(); ++node) {
      const ElementRange share =
          piece_of(piece, static_cast<int>(node), static_cast<int>(wanting.size()));
      const std::vector<int>& ranks = wanting[node];
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        ReduceTask task{
            piece_of(share, static_cast<int>(i), static_cast<int>(ranks.size())), ranks[i], {}};
        if (task.range.size() == 0) continue;
        for (const std::vector<int>& others : wanting) {
          std::copy_if(others.begin(), others.end(), std::back_inserter(task.others),
                       [&](int rank) { return rank != task.reducer; });
        }
        tasks.push_back(std::move(task));
      }
    }
  }
  return tasks;
}

std::vector<GatherTask> plan_gather(std::span<const ElementRange> owned, const NodeLayout& nodes,
                                    const ElementRange& window) {
  std::vector<GatherTask> tasks;
  for (const ElementRange& piece : cut(owned, window)) {
    const std::vector<std::vector<int>> owners = holders(owned, nodes, piece);
    if (owners.empty()) continue;
    for (int node = 0; node < nodes.nodes(); ++node) {
      const bool has_it = std::any_of(owners.begin(), owners.end(), [&](const auto& ranks) {
        return node_of(nodes, ranks.front()) == node;
      });
      if (has_it) continue;
      const int from = owners[static_cast<std::size_t>(node) % owners.size()].front();
      tasks.push_back({piece, from, counterpart(nodes, node, from)});
    }
  }
  return tasks;
}

}  // namespace muster::comm
