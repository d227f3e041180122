// The coordinator's end of the control talk for tests of the link: plain blocking sockets, used
// from the test's own thread (the link has one of its own). Waits give up after five seconds by
// throwing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/file_descriptor.h"
#include "common/wire/codec.h"
#include "common/wire/handshake.h"

namespace muster::worker {

/// One accepted connection. Closed by the destructor.
class Peer {
 public:
  explicit Peer(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// Both sides of the handshake. Returns who the worker says it is.
  wire::Claim authenticate(const std::string& secret);

  /// As authenticate, but ends after the coordinator's proof. For secrets that are wrong.
  void prove(const std::string& secret);

  wire::Message receive();

  /// The Hello of a worker, which is accepted.
  wire::Message accept_hello();

  /// The next message that is not a heartbeat.
  wire::Message receive_news();

  void send(const wire::Message& message) { send_bytes(wire::frame(wire::encode(message))); }
  void send_bytes(const std::string& bytes);

  /// Takes messages from now on without confirming them: a coordinator that dies before it can.
  void stop_confirming() { confirms_ = false; }

  /// True when the worker closes before it sends anything else but heartbeats.
  bool is_closed_without_news();

 private:
  std::size_t read_some(char* bytes, std::size_t size);  // 0: closed.
  void read_all(void* bytes, std::size_t size);

  void confirm(const wire::Message& message);

  FileDescriptor socket_;
  wire::FrameReader reader_;
  std::int64_t taken_ = 0;
  bool confirms_ = true;
};

/// Listens on a port of 127.0.0.1 that the system picks.
class FakeCoordinator {
 public:
  FakeCoordinator();

  int port() const { return port_; }
  Peer accept();

  /// False when nobody connects for so long.
  bool is_called_within(std::chrono::milliseconds wait) const;

 private:
  FileDescriptor listener_;
  int port_ = 0;
};

}  // namespace muster::worker
