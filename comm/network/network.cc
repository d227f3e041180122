#include "comm/network/network.h"

#include <sched.h>

#include <algorithm>
#include <set>
#include <thread>

#include "comm/node/futex.h"
#include "common/text.h"

namespace muster::comm {
namespace {

// A polling loop that is kind to others who need the core: spins, then yields, then naps.
class Pacer {
 public:
  explicit Pacer(bool may_spin) : may_spin_(may_spin) {}

  void pause() {
    ++rounds_;
    if (may_spin_ && rounds_ < kSpins) {
      spin_pause();
    } else if (rounds_ < kSpins + kYields) {
      ::sched_yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  static constexpr int kSpins = 1000;
  static constexpr int kYields = 5000;

  bool may_spin_;
  int rounds_ = 0;
};

// How long a failing rank tries to get its last words out.
constexpr auto kLastWords = std::chrono::milliseconds(200);

}  // namespace

Network::Network(std::unique_ptr<Transport> transport, const Rank& rank, const NodeLayout& nodes,
                 NodeGroup& node)
    : transport_(std::move(transport)),
      rank_(rank),
      nodes_(nodes),
      node_(node),
      peers_(static_cast<std::size_t>(rank.count)) {}

void Network::begin(const Call& call) {
  present_ = call.operation;
  history_[present_.sequence % kHistory] = present_;
  for (int rank = 0; rank < rank_.count; ++rank) {
    std::deque<Operation>& early = peer(rank).early;
    while (!early.empty() && early.front().sequence <= present_.sequence) {
      const Operation theirs = early.front();
      early.pop_front();
      compare(rank, theirs);
    }
  }
}

void Network::send(int to, std::span<const std::byte> data) {
  MUSTER_ASSERT(data.size() <= kMaxMessageBytes, "a message larger than a transport can carry");
  tell(to);
  transport_->send(to, data);
}

void Network::receive(int from, std::span<std::byte> data) {
  MUSTER_ASSERT(data.size() <= kMaxMessageBytes, "a message larger than a transport can carry");
  tell(from);
  waiting_.push_back({from, data});
}

void Network::tell(int to) {
  if (peer(to).told == present_.sequence) return;
  peer(to).told = present_.sequence;
  transport_->send_notice(to, {.operation = present_});
}

void Network::finish(const Call& call) {
  Pacer pacer(node_.may_spin());
  while (true) {
    poll();
    start_agreed();
    const bool done = transport_->all_done();
    if (done && waiting_.empty()) return;
    node_.check(call, [this] { return missing_ranks(); });
    pacer.pause();
  }
}

void Network::start_agreed() {
  // A receive that has to wait holds back the later ones of the same sender only.
  std::erase_if(waiting_, [this](const Message& message) {
    if (peer(message.from).agreed != present_.sequence) return false;
    transport_->receive(message.from, message.data);
    return true;
  });
}

void Network::poll() {
  if (gave_up_) return;
  while (const std::optional<ReceivedNotice> received = transport_->next_notice()) {
    const Notice& notice = received->notice;
    if (notice.kind == Notice::Kind::abort) {
      node_.raise({.code = notice.code, .text = notice.text.data(), .from_network = true});
    } else if (notice.operation.sequence > present_.sequence) {
      peer(received->from).early.push_back(notice.operation);
    } else {
      compare(received->from, notice.operation);
    }
  }
}

void Network::compare(int from, const Operation& theirs) {
  const Operation& mine = history_[theirs.sequence % kHistory];
  if (mine.sequence != theirs.sequence) return;  // Too long ago to say; both have moved on since.
  if (mine == theirs) {
    peer(from).agreed = theirs.sequence;
    return;
  }
  // The lower rank first, so that all ranks that notice say the same.
  const bool is_first = rank_.index < from;
  node_.raise({.code = ErrorCode::invalid,
               .text = is_first ? describe_mismatch(rank_.index, mine, from, theirs)
                                : describe_mismatch(from, theirs, rank_.index, mine)});
}

std::string Network::missing_ranks() const {
  std::set<int> ranks;
  for (const int rank : transport_->open_peers()) ranks.insert(rank);
  for (const Message& message : waiting_) ranks.insert(message.from);
  std::vector<std::string> names;
  for (const int rank : ranks) names.push_back(concat("rank ", rank));
  return join(names, ", ");
}

void Network::give_up(const AbortRecord& record) {
  gave_up_ = true;
  if (!record.from_network) {
    Notice notice{.kind = Notice::Kind::abort, .code = record.code, .operation = present_};
    const std::size_t length = std::min(record.text.size(), notice.text.size() - 1);
    std::copy_n(record.text.begin(), length, notice.text.begin());
    for (int node = 0; node < nodes_.nodes(); ++node) {
      if (node == nodes_.node) continue;
      for (const int rank : nodes_.ranks_of_node[static_cast<std::size_t>(node)]) {
        transport_->send_notice(rank, notice);
      }
    }
    Pacer pacer(false);
    for (const auto deadline = Deadline::after(kLastWords);
         !transport_->notices_sent() && !deadline.has_passed();) {
      pacer.pause();
    }
  }
  transport_->give_up();
}

}  // namespace muster::comm
