#include "comm/mpi/mpi_world.h"

#include <mpi.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <random>

#include "comm/mpi/memfd_host.h"
#include "comm/mpi/mpi_calls.h"
#include "comm/mpi/mpi_meeting.h"
#include "comm/mpi/mpi_transport.h"
#include "comm/mpi/unix_socket.h"
#include "comm/node_layout.h"
#include "comm/world/world_communicator.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

// Hard to meet by accident; who may connect is decided by the user of the connecting process.
std::string random_socket_name() {
  std::random_device source;
  std::ostringstream name;
  name << "muster-" << std::hex;
  for (int word = 0; word < 4; ++word) name << source() << '-';
  name << ::getpid();
  return name.str();
}

NodeLayout layout_of(const Rank& rank, const std::vector<RankCard>& cards,
                     const MpiWorldOptions& options) {
  std::vector<std::string> hosts;
  for (const RankCard& card : cards) hosts.push_back(card.host);
  NodeLayout by_host = layout_by_host(rank, hosts);
  if (!options.ranks_per_node) return by_host;

  NodeLayout layout = layout_in_groups(rank, *options.ranks_per_node);
  for (const std::vector<int>& ranks : layout.ranks_of_node) {
    for (const int other : ranks) {
      if (hosts[static_cast<std::size_t>(other)] ==
          hosts[static_cast<std::size_t>(ranks.front())]) {
        continue;
      }
      throw Error(ErrorCode::invalid,
                  concat("comm.ranks_per_node is ", *options.ranks_per_node, ", but ranks ",
                         ranks.front(), " and ", other, " run on different hosts"),
                  "leave comm.ranks_per_node out, or set it to 1");
    }
  }
  return layout;
}

}  // namespace

MpiWorld::MpiWorld() {
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_SERIALIZED) {
    throw Error(ErrorCode::unavailable,
                concat(library_version(), " does not support MPI_THREAD_SERIALIZED"));
  }
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

MpiWorld::~MpiWorld() {
  // MPI_Finalize waits for all ranks, and the others of a failing rank may never come to it.
  if (!failed_ && std::uncaught_exceptions() == 0) MPI_Finalize();
}

Rank MpiWorld::rank() const {
  Rank rank;
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank.index), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &rank.count), "MPI_Comm_size");
  return rank;
}

std::string MpiWorld::library_version() const {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING + 1> text = {};
  int length = 0;
  check_mpi(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  return text.data();
}

std::unique_ptr<Communicator> MpiWorld::make_communicator(const MpiWorldOptions& options) {
  const Deadline deadline = Deadline::after(options.timeout);
  WorldParts parts{.rank = rank(),
                   .nodes = {},
                   .host = nullptr,
                   .transport = nullptr,
                   .timeout = options.timeout,
                   .on_failure = [this] { failed_ = true; }};
  // Everyone listens before anyone knows who is the first of a node.
  const std::string name = random_socket_name();
  const UnixSocket listener = UnixSocket::listen(name);
  const std::vector<RankCard> cards =
      exchange_cards({host_identity(), name}, parts.rank.count, deadline);
  parts.nodes = layout_of(parts.rank, cards, options);

  const std::vector<int>& node =
      parts.nodes.ranks_of_node[static_cast<std::size_t>(parts.nodes.node)];
  if (node.size() == 1) {
    parts.host = std::make_unique<SoleHost>();
  } else {
    const NodePlace place{.local_rank = parts.nodes.local_rank,
                          .local_ranks = parts.nodes.local_ranks(),
                          .first_rank = node.front()};
    const std::string& first = cards[static_cast<std::size_t>(node.front())].socket_name;
    parts.host = std::make_unique<MemfdHost>(place, listener, first, deadline);
  }
  if (parts.nodes.nodes() > 1) parts.transport = make_mpi_transport(deadline);
  return std::make_unique<WorldCommunicator>(std::move(parts));
}

}  // namespace muster::comm
