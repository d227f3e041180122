// Messages between ranks of different nodes, as the backends carry them: started, then polled for.
// Never blocks: deadlines and aborts are the caller's (Network).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "comm/node/operation.h"
#include "common/error.h"

namespace muster::comm {

/// A small message beside the data: what a rank is doing, or why it stops. Trivially copyable.
struct Notice {
  enum class Kind : std::uint8_t { operation, abort };

  Kind kind = Kind::operation;
  ErrorCode code = ErrorCode::aborted;  // Of an abort.
  Operation operation;                  // What the sender has entered.
  std::array<char, 512> text = {};      // Of an abort; ends with a zero.
};

struct ReceivedNotice {
  int from;
  Notice notice;
};

/// One thread. All methods throw Error{aborted} when a peer is found lost.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Starts a message; `data` stays untouched until all_done(). Messages of one pair of ranks
  /// arrive in the order in which they were started. At most kMaxMessageBytes.
  virtual void send(int to, std::span<const std::byte> data) = 0;
  virtual void receive(int from, std::span<std::byte> data) = 0;

  /// Makes progress; true when everything started has arrived.
  virtual bool all_done() = 0;

  /// Whom the messages that are still under way come from or go to.
  virtual std::vector<int> open_peers() const = 0;

  /// Starts a notice; it is copied.
  virtual void send_notice(int to, const Notice& notice) = 0;

  /// The next notice that has arrived.
  virtual std::optional<ReceivedNotice> next_notice() = 0;

  /// True when all notices of this rank have been handed to the network.
  virtual bool notices_sent() = 0;

  /// After a failure: the peers may be gone, so the end must not wait for them.
  virtual void give_up() = 0;
};

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 30U;

}  // namespace muster::comm
