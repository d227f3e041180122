#include "worker/train/replicas.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "worker/train/common_failure.h"

namespace muster::worker {
namespace {

std::int64_t hash_of(const StateView& state) {
  std::vector<std::uint64_t> hashes;
  for (const StateColumn& column : state.columns) {
    hashes.push_back(xxh3_64(
        std::span(column.data, static_cast<std::size_t>(column.blocks * column.block_bytes))));
  }
  return static_cast<std::int64_t>(xxh3_64(std::as_bytes(std::span(hashes))));
}

/// Every node's hash, by node.
std::vector<std::int64_t> gather_hashes(comm::Communicator& communicator, std::int64_t mine) {
  const comm::Rank rank = communicator.rank();
  std::vector<std::int64_t> of_rank(static_cast<std::size_t>(rank.count));
  of_rank[static_cast<std::size_t>(rank.index)] = mine;
  std::vector<comm::ElementRange> owned;
  for (int r = 0; r < rank.count; ++r) owned.push_back({r, r + 1});
  communicator.all_gather({of_rank.data(), rank.count, DType::int64}, owned, {.label = "replicas"})
      .wait();
  std::vector<std::int64_t> of_node;
  for (const std::vector<int>& ranks : communicator.nodes().ranks_of_node) {
    of_node.push_back(of_rank[static_cast<std::size_t>(ranks.front())]);
  }
  return of_node;
}

std::string ranks_text(const std::vector<int>& ranks) {
  return ranks.size() == 1 ? concat("rank ", ranks.front())
                           : concat("ranks ", ranks.front(), " to ", ranks.back());
}

}  // namespace

void compare_replicas(comm::Communicator& communicator, const StateView& state) {
  if (communicator.nodes().nodes() == 1) return;
  const std::int64_t mine = communicator.nodes().local_rank == 0 ? hash_of(state) : 0;
  const std::vector<std::int64_t> hashes = gather_hashes(communicator, mine);
  std::map<std::int64_t, int> votes;
  for (const std::int64_t hash : hashes) ++votes[hash];
  if (votes.size() == 1) return;

  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const bool has_majority = 2 * static_cast<std::size_t>(most->second) > hashes.size();
  std::vector<std::string> differing;
  for (std::size_t node = 0; node < hashes.size(); ++node) {
    if (has_majority && hashes[node] == most->first) continue;
    differing.push_back(ranks_text(communicator.nodes().ranks_of_node[node]));
  }
  throw CommonFailure(
      ErrorCode::corrupt,
      concat("the nodes no longer have the same weights; ",
             has_majority ? "different from the others: " : "they differ: ", join(differing, ", ")),
      "memory or a processor there has failed: leave that machine out, and go on from a "
      "checkpoint");
}

}  // namespace muster::worker
