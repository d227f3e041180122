// The ranks of one node: how they meet at an operation, wait for each other, find each other's
// buffers, and stop together. The collectives are built on this (comm/world).
//
// Waiting: a rank spins for a moment when there are cores enough, then sleeps on a futex in slices;
// after each slice it looks at the deadline, at peers that have ended, and at the network.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "comm/node/control.h"
#include "comm/node/memory.h"
#include "comm/node/node_host.h"
#include "comm/node/operation.h"

namespace muster::comm {

class NodeGroup {
 public:
  /// Collective over the node; blocks until all its ranks have mapped the control segment.
  NodeGroup(std::unique_ptr<NodeHost> host, const NodePlace& place, Deadline deadline);
  /// Tells the peers that this rank will not come again.
  ~NodeGroup();
  NodeGroup(const NodeGroup&) = delete;
  NodeGroup& operator=(const NodeGroup&) = delete;

  const NodePlace& place() const { return place_; }
  int ranks() const { return place_.local_ranks; }

  /// Called between slices of a wait; may throw.
  void set_idle(std::function<void()> idle) { idle_ = std::move(idle); }

  /// Names this rank's buffers, waits for all ranks of the node and compares their operations.
  /// Throws Error{invalid} when they differ. Afterwards buffer_of() knows the peers' buffers.
  void enter(const Call& call, std::span<const Buffer> buffers);

  /// Waits until all ranks of the node have come here. Completes for all of them or for none.
  void barrier(const Call& call);

  /// Buffer number `index` of a peer (or of this rank) in the present operation; nullptr when it is
  /// private memory. Throws Error{invalid} when this rank no longer holds the region.
  std::byte* buffer_of(int local_rank, std::size_t index) const;

  /// Goes to the staging memory of the next turn. All ranks call it together. At least one barrier
  /// or entry must lie between filling a stage and reading it.
  void next_stage() { ++stage_turn_; }
  std::byte* stage_of(int local_rank) const { return segment_.stage(local_rank, stage_turn_); }

  std::shared_ptr<SharedMemory> allocate(const Call& call, std::size_t bytes, Sharing sharing);

  /// Ends the present and all later operations of the node. Any thread.
  void raise(const AbortRecord& record) const { segment_.raise(record); }
  bool is_aborted() const { return segment_.is_aborted(); }
  AbortRecord abort_record() const { return segment_.abort_record(); }

  /// Throws Error{aborted}, or what made the node stop when it concerns all ranks alike.
  void throw_if_aborted(const Call& call) const;

  /// Throws when the node was aborted or the call's deadline has passed; `missing` says for whom
  /// this rank waits ("rank 3").
  void check(const Call& call, const std::function<std::string()>& missing) const;

  /// True when every rank of the node can have a core of its own, so that spinning hurts nobody.
  bool may_spin() const { return may_spin_; }

 private:
  void wait_for_generation(std::uint32_t before, const Call& call);
  void look_around(const Call& call);
  bool has_come(const RankSlot& slot) const;
  std::string missing_ranks() const;
  [[noreturn]] void throw_aborted(const Call& call) const;

  NodePlace place_;
  std::unique_ptr<NodeHost> host_;
  std::shared_ptr<Mapping> memory_;
  ControlSegment segment_;
  RegionTable regions_;
  std::function<void()> idle_;
  bool may_spin_;
  std::uint32_t barriers_ = 0;    // Barriers this rank has come to.
  std::uint32_t entry_turn_ = 0;  // Which of the two entries is the present one.
  std::uint32_t stage_turn_ = 0;
};

}  // namespace muster::comm
