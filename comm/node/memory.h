// Memory that the ranks of a node share, and how one rank tells another where in it a buffer lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "comm/node/control.h"
#include "comm/shared_memory.h"

namespace muster::comm {

/// Pages mapped into this process; unmapped at the end.
class Mapping {
 public:
  /// Zeroed memory of this process alone. Throws Error{unavailable}.
  static std::shared_ptr<Mapping> anonymous(std::size_t bytes);

  /// The first `bytes` of the file behind `descriptor`, shared. Throws Error{unavailable}.
  static std::shared_ptr<Mapping> of_file(int descriptor, std::size_t bytes);

  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Mapping(std::byte* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

  std::byte* data_;
  std::size_t bytes_;
};

/// What Communicator::allocate_shared returns: one part, or one part per rank of the node.
class NodeMemory final : public SharedMemory {
 public:
  /// `part_stride`: from the begin of one part to the next; 0 when all ranks share one part.
  NodeMemory(std::shared_ptr<Mapping> mapping, std::size_t part_bytes, std::size_t part_stride,
             int local_rank)
      : mapping_(std::move(mapping)),
        part_bytes_(part_bytes),
        part_stride_(part_stride),
        local_rank_(local_rank) {}

  std::span<std::byte> part_of(int local_rank) override {
    return {mapping_->data() + part_stride_ * static_cast<std::size_t>(local_rank), part_bytes_};
  }
  std::span<std::byte> mine() override { return part_of(local_rank_); }

 private:
  std::shared_ptr<Mapping> mapping_;
  std::size_t part_bytes_;
  std::size_t part_stride_;
  int local_rank_;
};

/// The shared regions of a node in the order of their allocation, which is the same on all its
/// ranks: so (number, offset) means the same place to everyone.
class RegionTable {
 public:
  void add(const std::shared_ptr<Mapping>& mapping);

  /// Where [data, data + bytes) lies, if wholly inside a region that this rank still holds.
  BufferPlace place_of(const void* data, std::size_t bytes) const;

  /// This process's address of a place that a peer named; nullptr when this rank has let the
  /// region go.
  std::byte* address_of(const BufferPlace& place) const;

 private:
  struct Region {
    std::weak_ptr<Mapping> mapping;
    std::byte* data;
    std::size_t bytes;
  };

  std::vector<Region> regions_;
};

/// Throws Error{unavailable} when the machine does not have `bytes` of memory left: asking for more
/// would not fail but end with the kernel killing a process.
void require_available_memory(std::size_t bytes);

/// `bytes` up to whole pages; at least one.
std::size_t whole_pages(std::size_t bytes);

}  // namespace muster::comm
