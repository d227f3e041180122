// A worker's side of the control talk: a thread with one Asio connection to the coordinator.
//
// The training thread never waits for it. While the coordinator is away, messages are kept (metrics
// all, heartbeats only the newest) and coordinator.json is read again for its successor; a smaller
// fencing number than the last one seen is refused. A coordinator counts as there when it has
// accepted the Hello. What a coordinator has not confirmed when its connection ends is sent again:
// it may have died before it read it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/deadline.h"
#include "common/run/run_directory.h"
#include "worker/train/reporter.h"

namespace muster::worker {

struct LinkOptions {
  wire::Hello hello;  // Who this worker is.
  std::chrono::nanoseconds heartbeat = std::chrono::seconds(1);
  /// Before another attempt; twice as long after each that failed, 16 times at most.
  std::chrono::nanoseconds reconnect = std::chrono::milliseconds(200);
  std::chrono::nanoseconds alone = std::chrono::minutes(1);  // Without a coordinator, once it was.
  /// Called once, on the link's thread, when another generation has taken the place of this
  /// worker's: it has nothing left to do. The link does not connect again.
  std::function<void(const std::string& why)> replaced = {};
};

class Link : public Reporter {
 public:
  /// Connects and authenticates before `deadline`. Throws Error{unavailable} (with address and
  /// reason) or Error{timeout}.
  static std::unique_ptr<Link> connect(const run::RunDirectory& run, const LinkOptions& options,
                                       const Deadline& deadline);

  /// The last message of a worker that ends with an error.
  virtual void failed(const wire::Failed& failure) = 0;

  /// Waits until everything queued has been confirmed, or the deadline. True when all was.
  virtual bool flush(const Deadline& deadline) = 0;
};

}  // namespace muster::worker
