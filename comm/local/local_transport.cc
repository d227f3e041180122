#include "comm/local/local_transport.h"

#include <algorithm>

namespace muster::comm {

void LocalTransport::send(int to, std::span<const std::byte> data) {
  LocalPost::Box& box = post_->box_of(to);
  const std::lock_guard lock(box.mutex);
  box.letters.push_back({rank_, {data.begin(), data.end()}});
}

bool LocalTransport::all_done() {
  LocalPost::Box& box = post_->box_of(rank_);
  const std::lock_guard lock(box.mutex);
  // In the order of the receives, each takes the oldest letter of its sender.
  std::erase_if(open_, [&](const Receive& receive) {
    const auto letter =
        std::find_if(box.letters.begin(), box.letters.end(),
                     [&](const LocalPost::Letter& l) { return l.from == receive.from; });
    if (letter == box.letters.end()) return false;
    MUSTER_ASSERT(letter->data.size() == receive.data.size(), "a message of another size");
    std::copy(letter->data.begin(), letter->data.end(), receive.data.begin());
    box.letters.erase(letter);
    return true;
  });
  return open_.empty();
}

std::vector<int> LocalTransport::open_peers() const {
  std::vector<int> peers;
  for (const Receive& receive : open_) peers.push_back(receive.from);
  return peers;
}

void LocalTransport::send_notice(int to, const Notice& notice) {
  LocalPost::Box& box = post_->box_of(to);
  const std::lock_guard lock(box.mutex);
  box.notices.push_back({rank_, notice});
}

std::optional<ReceivedNotice> LocalTransport::next_notice() {
  LocalPost::Box& box = post_->box_of(rank_);
  const std::lock_guard lock(box.mutex);
  if (box.notices.empty()) return std::nullopt;
  ReceivedNotice notice = box.notices.front();
  box.notices.pop_front();
  return notice;
}

}  // namespace muster::comm
