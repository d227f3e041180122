// The control segment: how the ranks of a node see each other. It lies in memory that they share,
// at another address in each process, so it holds no pointers. All bytes zero is its first state.
//
//   Control | RankSlot of every rank | staging memory of every rank, twice
//
// Barrier: every rank adds one to `arrivals`; the last one resets it and adds two to `generation`,
// the word that the others watch and sleep on. The lowest bit of `generation` is the abort flag, so
// one load tells a waiting rank everything.
//
// Entries and staging memory exist twice and are used in turn: a rank that writes the one for
// operation k+2 has passed the entry barrier of operation k+1, so everyone has finished reading the
// one of k.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "comm/node/operation.h"
#include "common/error.h"

namespace muster::comm {

/// A range of lanes has at most two tree nodes of every size, so no rank brings more parts.
inline constexpr std::size_t kMaxParts = 64;

/// Where a buffer lies: in an allocate_shared region known to the node, or in private memory.
struct BufferPlace {
  static constexpr std::int32_t kPrivate = -1;

  std::int32_t region = kPrivate;
  std::uint64_t offset = 0;  // Bytes from the region's begin.
};

/// What a rank brings to an operation. Written before the entry barrier, read after it.
struct Entry {
  Operation operation;
  std::array<BufferPlace, kMaxParts> places;
};

struct alignas(64) RankSlot {
  std::atomic<std::uint32_t> arrived;         // Barriers this rank has come to.
  std::atomic<std::uint32_t> left;            // 1 when the rank has ended its communicator.
  std::atomic<std::uint64_t> last_operation;  // Sequence number * 256 + kind: for messages.
  alignas(64) std::array<Entry, 2> entries;
};

struct Control {
  alignas(64) std::atomic<std::uint32_t> arrivals;
  alignas(64) std::atomic<std::uint32_t> generation;
  alignas(64) std::atomic<std::uint32_t> sleepers;

  // Written once, by the rank that changes abort_claimed from 0 to 1; valid when the flag in
  // `generation` is set.
  alignas(64) std::atomic<std::uint32_t> abort_claimed;
  ErrorCode abort_code;
  bool abort_from_network;  // The other nodes know already.
  std::array<char, 1024> abort_text;
};

inline constexpr std::uint32_t kAbortFlag = 1;
inline constexpr std::uint32_t kGenerationStep = 2;

/// Why a node stopped.
struct AbortRecord {
  ErrorCode code;
  std::string text;
  bool from_network = false;
};

/// A view of one process of the segment. Does not own the memory.
class ControlSegment {
 public:
  /// Staging memory of one rank for one turn. Only what is used is backed by real memory.
  static constexpr std::size_t kStageBytes = std::size_t{8} << 20U;

  static std::size_t bytes_needed(int ranks);

  ControlSegment(std::byte* base, int ranks) : base_(base), ranks_(ranks) {}

  Control& control() const { return *reinterpret_cast<Control*>(base_); }
  RankSlot& slot(int rank) const;
  std::byte* stage(int rank, std::uint32_t turn) const;

  /// Sets the abort flag and wakes everyone. Only the first call for a node has an effect.
  void raise(const AbortRecord& record) const;
  bool is_aborted() const {
    return (control().generation.load(std::memory_order_acquire) & kAbortFlag) != 0;
  }
  /// Why; only after is_aborted().
  AbortRecord abort_record() const;

 private:
  static std::size_t stages_offset(int ranks);

  std::byte* base_;
  int ranks_;
};

}  // namespace muster::comm
