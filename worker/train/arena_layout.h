// Where everything lies in the arena: pure arithmetic, no torch.
//
//   elements 0 ..................... parameter_elements ............. total_elements
//   | parameter | pad | parameter | pad to block | statistic | statistic | pad to block |
//
// Parameters stand group by group (parameter_groups.h), each group from a block boundary on, and in
// the order of the model inside a group, each on a 64-byte boundary; behind them the running
// statistics of batch norm ("extra columns"). A gradient buffer has the same layout: the gradient
// of a parameter, and for a statistic the batch's own value. Padding is always zero.
//
// Frozen parameters lie in memory of their own, which has neither gradient nor shards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/buffer.h"

namespace muster::worker {

/// The grain of sharding, norms and hashes, in elements.
inline constexpr std::int64_t kBlockElements = 1024;

/// A named tensor as the arena sees it.
struct ArenaTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t group = 0;  // Of a trained parameter; equal ones stand together.
};

struct ArenaEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;  // In elements, from the start of the arena (of frozen memory).
  std::int64_t count = 0;   // Elements.
};

/// The parameters of one group.
struct ArenaGroup {
  std::size_t group = 0;
  comm::ElementRange elements;  // Whole blocks.
};

class ArenaLayout {
 public:
  /// `parameters`: in the order of their groups.
  ArenaLayout(const std::vector<ArenaTensor>& parameters,
              const std::vector<ArenaTensor>& statistics,
              const std::vector<ArenaTensor>& frozen = {});

  const std::vector<ArenaEntry>& parameters() const { return parameters_; }
  const std::vector<ArenaEntry>& statistics() const { return statistics_; }
  const std::vector<ArenaEntry>& frozen() const { return frozen_; }

  /// Groups that have parameters; together they are the elements [0, parameter_elements()).
  const std::vector<ArenaGroup>& groups() const { return groups_; }

  /// Both are whole blocks.
  std::int64_t parameter_elements() const { return parameter_elements_; }
  std::int64_t total_elements() const { return total_elements_; }
  std::int64_t frozen_elements() const { return frozen_elements_; }
  std::int64_t blocks() const { return total_elements_ / kBlockElements; }
  std::int64_t parameter_blocks() const { return parameter_elements_ / kBlockElements; }

  /// The blocks that rank `local_rank` of a node of `local_ranks` updates: contiguous, [0,
  /// blocks()) together; sizes differ by one block at most. May be empty.
  comm::ElementRange shard_blocks(int local_rank, int local_ranks) const;

 private:
  std::vector<ArenaEntry> parameters_;
  std::vector<ArenaEntry> statistics_;
  std::vector<ArenaEntry> frozen_;
  std::vector<ArenaGroup> groups_;
  std::int64_t parameter_elements_ = 0;
  std::int64_t total_elements_ = 0;
  std::int64_t frozen_elements_ = 0;
};

}  // namespace muster::worker
