// Processes as the ranks of a node. Memory is a memfd, which has no name in any file system: the
// first rank makes it and hands it to the others over Unix sockets, as it does with pidfds of all
// of them, by which everyone notices the death of anyone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/mpi/unix_socket.h"
#include "comm/node/node_host.h"
#include "common/deadline.h"

namespace muster::comm {

class MemfdHost final : public NodeHost {
 public:
  /// Collective over the node: all ranks connect to the first one, who listens on `listener` (of no
  /// use to the others) under the name `first_name`. Throws Error{timeout} or Error{unavailable}.
  MemfdHost(const NodePlace& place, const UnixSocket& listener, const std::string& first_name,
            Deadline deadline);

  std::shared_ptr<Mapping> share(std::size_t bytes, Backing backing,
                                 const std::function<void()>& check) override;

  /// By pidfd. On kernels without them (before 5.3) never true: deadlines remain.
  bool has_ended(int local_rank) override;

 private:
  void gather_peers(const UnixSocket& listener, const WaitCheck& check);
  void join_first(const std::string& first_name, const WaitCheck& check);
  void reserve_my_share(int descriptor, std::size_t bytes) const;

  NodePlace place_;
  std::vector<UnixSocket> peers_;  // First rank: by local rank, none at 0. Others: the first rank.
  std::vector<FileDescriptor> pidfds_;  // By local rank.
};

}  // namespace muster::comm
