#include "comm/node_layout.h"

#include <algorithm>

#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

void add_rank(NodeLayout& layout, int rank, bool starts_node, int me) {
  if (starts_node) layout.ranks_of_node.emplace_back();
  layout.ranks_of_node.back().push_back(rank);
  if (rank == me) {
    layout.node = layout.nodes() - 1;
    layout.local_rank = static_cast<int>(layout.ranks_of_node.back().size()) - 1;
  }
}

}  // namespace

NodeLayout layout_in_groups(const Rank& rank, int ranks_per_node) {
  if (ranks_per_node < 1) {
    throw Error(ErrorCode::invalid,
                concat("comm.ranks_per_node must be at least 1, got ", ranks_per_node));
  }
  NodeLayout layout;
  for (int i = 0; i < rank.count; ++i) add_rank(layout, i, i % ranks_per_node == 0, rank.index);
  return layout;
}

NodeLayout layout_by_host(const Rank& rank, const std::vector<std::string>& host_of_rank) {
  NodeLayout layout;
  std::vector<std::string> seen;
  for (int i = 0; i < rank.count; ++i) {
    const std::string& host = host_of_rank[static_cast<std::size_t>(i)];
    const bool is_new = seen.empty() || seen.back() != host;
    if (is_new && std::find(seen.begin(), seen.end(), host) != seen.end()) {
      throw Error(ErrorCode::unsupported,
                  concat("rank ", i, " shares a node with ranks that do not stand next to it"),
                  "number the ranks node by node: mpirun --map-by slot, srun --distribution=block");
    }
    if (is_new) seen.push_back(host);
    add_rank(layout, i, is_new, rank.index);
  }
  return layout;
}

}  // namespace muster::comm
