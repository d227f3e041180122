// Memory for messages on their way: taken piece by piece, given back all at once, kept for the next
// time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace muster::comm {

class Scratch {
 public:
  /// `bytes` on a 64-byte boundary, valid until clear().
  std::byte* take(std::size_t bytes) {
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    while (block_ < blocks_.size() && used_ + rounded > blocks_[block_].bytes) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(Block(std::max(rounded, kBlockBytes)));
    std::byte* data = blocks_[block_].begin + used_;
    used_ += rounded;
    return data;
  }

  void clear() {
    block_ = 0;
    used_ = 0;
  }

  /// After a failure: what is being sent from here cannot be taken back, so it stays mapped until
  /// the process ends. (A page that is gone would break MPI's connection, and with it the last
  /// words to a peer.)
  void keep_until_exit() {
    static auto& kept = *new std::vector<Block>;
    static std::mutex mutex;  // Ranks may be threads.
    const std::lock_guard lock(mutex);
    for (Block& block : blocks_) kept.push_back(std::move(block));
    blocks_.clear();
    clear();
  }

 private:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kBlockBytes = std::size_t{1} << 20U;

  struct Block {
    explicit Block(std::size_t size) : memory(new std::byte[size + kAlignment]), bytes(size) {
      void* start = memory.get();
      std::size_t space = size + kAlignment;
      begin = static_cast<std::byte*>(std::align(kAlignment, size, start, space));
    }

    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes;
    std::byte* begin;
  };

  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // The block that is being filled.
  std::size_t used_ = 0;   // Of that block.
};

}  // namespace muster::comm
