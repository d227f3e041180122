// What waits to be sent to the coordinator: everything, except that metrics are bounded. A
// coordinator that is away for long must not take the memory of the training: beyond the limit the
// oldest lines of metrics make room for the newest, and are counted. All other messages are few,
// and are kept.
//
// Not synchronised: the caller holds its lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/wire/messages.h"

namespace muster::worker {

inline constexpr std::size_t kMetricsKept = 100'000;

class Outbox {
 public:
  explicit Outbox(std::size_t metrics_limit = kMetricsKept) : metrics_limit_(metrics_limit) {}

  void push(wire::Message message);

  /// The message to send next, to be removed or put back when its fate is known.
  std::optional<wire::Message> take();

  /// Puts a taken message, that was not sent, back in front of all others.
  void put_back(wire::Message message);

  bool empty() const { return messages_.empty(); }

  /// Lines of metrics given up so far, for lack of room.
  std::int64_t dropped() const { return dropped_; }

 private:
  void drop_oldest_metrics();

  std::size_t metrics_limit_;
  std::size_t metrics_ = 0;  // In messages_.
  std::int64_t dropped_ = 0;
  std::deque<wire::Message> messages_;
};

}  // namespace muster::worker
