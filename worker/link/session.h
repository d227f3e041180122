// One connection to the coordinator, from connect(2) to its first error: handshake, Hello, then
// frames in both directions. It does not try again: link.cc makes the next session.
//
// Everything runs on the thread of the io_context. Destroying the io_context is enough to end it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/run/fence.h"
#include "common/wire/messages.h"

namespace boost::asio {
class io_context;
}

namespace muster::worker {

struct SessionOptions {
  run::CoordinatorAddress address;
  std::string secret;
  wire::Hello hello;
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);  // Until it is ready.
};

/// Called on the io_context's thread, never from within start() or send().
struct SessionEvents {
  std::function<void()> ready;  // The coordinator has proved itself, and accepted the Hello.
  std::function<void()> sent;   // The kernel has all of the last send().
  std::function<void(const wire::Message&)> received;
  std::function<void(const std::string& reason)> ended;  // Once, and last; ready or not.
};

class Session {
 public:
  static std::shared_ptr<Session> start(boost::asio::io_context& io, SessionOptions options,
                                        SessionEvents events);
  virtual ~Session() = default;

  /// Sends a whole frame; `sent` or `ended` follows. Only when ready, one at a time.
  virtual void send(std::string frame) = 0;
};

}  // namespace muster::worker
