// Traffic between nodes, with the same promises as inside a node: a rank that makes another call
// than its peers is found and named, every wait has a deadline, and an abort reaches the other
// nodes.
//
// Before its first message to a peer in an operation, a rank sends that peer a notice of what it
// has entered. Data are received only after the sender's notice agreed with this rank's own
// operation, which costs nothing: the notice travels ahead of the data. Receivers send notices too,
// so two ranks that both wait for each other in different operations find out. A notice about an
// operation that this rank has left already is compared with what it was.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "comm/network/transport.h"
#include "comm/node/node_group.h"

namespace muster::comm {

class Network {
 public:
  /// `node` outlives this.
  Network(std::unique_ptr<Transport> transport, const Rank& rank, const NodeLayout& nodes,
          NodeGroup& node);

  /// Makes `call` the present operation.
  void begin(const Call& call);

  /// Start a message of the present operation. The memory is used until finish() returns. Messages
  /// of one pair of ranks are received in the order in which they are sent.
  void send(int to, std::span<const std::byte> data);
  void receive(int from, std::span<std::byte> data);

  /// Waits for all messages that were started. Throws as Communicator's operations do.
  void finish(const Call& call);

  /// Looks at the notices that have arrived; a mismatch or an abort is raised on the node.
  void poll();

  /// Tells all ranks of the other nodes why this node stopped, unless it heard so from them.
  /// Afterwards nothing waits for peers any more.
  void give_up(const AbortRecord& record);

 private:
  struct Message {
    int from;
    std::span<std::byte> data;
  };
  struct Peer {
    std::uint64_t told = 0;       // The last operation it got a notice of.
    std::uint64_t agreed = 0;     // The last operation in which it agreed with this rank.
    std::deque<Operation> early;  // What it has entered and this rank has not.
  };

  static constexpr std::size_t kHistory = 64;

  void tell(int peer);
  void compare(int peer, const Operation& theirs);
  void start_agreed();
  std::string missing_ranks() const;
  Peer& peer(int rank) { return peers_[static_cast<std::size_t>(rank)]; }

  std::unique_ptr<Transport> transport_;
  Rank rank_;
  const NodeLayout& nodes_;
  NodeGroup& node_;
  Operation present_;
  std::array<Operation, kHistory> history_ = {};  // By sequence number modulo its length.
  std::vector<Peer> peers_;                       // By rank.
  std::deque<Message> waiting_;                   // Receives whose sender has not yet agreed.
  bool gave_up_ = false;
};

}  // namespace muster::comm
