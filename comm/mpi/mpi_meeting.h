// What the ranks tell each other before they have a communicator: where each one runs, and the name
// under which it listens.
#pragma once

#include <string>
#include <vector>

#include "common/deadline.h"

namespace muster::comm {

struct RankCard {
  std::string host;         // Equal for ranks that can share memory; at most 255 bytes.
  std::string socket_name;  // At most 63 bytes.
};

/// Where this process runs: ranks with equal texts reach each other over Unix sockets of the
/// abstract name space. (Host name, boot, network name space, user.) Containers and network name
/// spaces on one machine count as nodes of their own, which MPI's own grouping may not see.
std::string host_identity();

/// The cards of all ranks, by rank. Collective over MPI_COMM_WORLD. Throws Error{timeout}.
std::vector<RankCard> exchange_cards(const RankCard& mine, int ranks, Deadline deadline);

}  // namespace muster::comm
