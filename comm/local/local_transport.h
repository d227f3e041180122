// Messages between threads that play ranks of different nodes: copied into the receiver's letter
// box.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "comm/network/transport.h"

namespace muster::comm {

/// The letter boxes of all ranks of a world.
class LocalPost {
 public:
  explicit LocalPost(int ranks) : boxes_(static_cast<std::size_t>(ranks)) {}

  struct Letter {
    int from;
    std::vector<std::byte> data;
  };
  struct Box {
    std::mutex mutex;
    std::deque<Letter> letters;          // Guarded by mutex.
    std::deque<ReceivedNotice> notices;  // Guarded by mutex.
  };

  Box& box_of(int rank) { return boxes_[static_cast<std::size_t>(rank)]; }

 private:
  std::vector<Box> boxes_;
};

class LocalTransport final : public Transport {
 public:
  LocalTransport(std::shared_ptr<LocalPost> post, int rank) : post_(std::move(post)), rank_(rank) {}

  void send(int to, std::span<const std::byte> data) override;
  void receive(int from, std::span<std::byte> data) override { open_.push_back({from, data}); }
  bool all_done() override;
  std::vector<int> open_peers() const override;
  void send_notice(int to, const Notice& notice) override;
  std::optional<ReceivedNotice> next_notice() override;
  bool notices_sent() override { return true; }
  void give_up() override {}

 private:
  struct Receive {
    int from;
    std::span<std::byte> data;
  };

  std::shared_ptr<LocalPost> post_;
  int rank_;
  std::deque<Receive> open_;
};

}  // namespace muster::comm
