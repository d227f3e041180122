// One connection: proves both sides, reads frames, writes frames.
//
// Nothing is parsed before the proof but one message of 32 bytes; until the worker has also said
// Hello, the connection lives ten seconds at most. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "common/wire/codec.h"
#include "common/wire/handshake.h"
#include "coordinator/core/events.h"
#include "coordinator/net/asio.h"

namespace muster::coordinator {

/// Who is told what happens on connections. Per connection: `connected` once, then any number of
/// `spoke` and `told`, then `lost`, unless it was closed from this side. Connections that never got
/// to Hello are logged and not told. Calls do not throw.
class TalkListener {
 public:
  virtual ~TalkListener() = default;
  virtual void connected(ConnectionId connection, const wire::Hello& hello) = 0;
  virtual void spoke(ConnectionId connection, Generation generation, int rank,
                     wire::Message message) = 0;
  /// So many messages of this connection (a worker's hello and heartbeats do not count) have been
  /// told: the listener answers with wire::Taken when what they say is kept.
  virtual void told(ConnectionId connection, std::int64_t messages) = 0;
  /// Somebody who is no worker, but knows the secret, asks for the end of the run; nothing else is
  /// told of that connection.
  virtual void stop_requested(std::string reason) = 0;
  virtual void lost(ConnectionId connection, Generation generation, int rank, std::string why) = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// `secret` and `listener` outlive the session.
  Session(Socket socket, ConnectionId id, const std::string& secret, TalkListener& listener);

  /// Runs the connection until it ends, one way or the other. Never throws.
  boost::asio::awaitable<void> serve();

  /// Queues a message; returns at once.
  void send(const wire::Message& message);

  /// Ends the connection; the listener hears no more of it.
  void close();

  /// Says a last word and closes when the other side does; within ten seconds. The listener hears
  /// no more of it.
  void dismiss(const wire::Message& last_word);

 private:
  boost::asio::awaitable<void> authenticate();
  boost::asio::awaitable<void> read_messages();
  boost::asio::awaitable<void> write_queue();
  void handle(const wire::Message& message);
  void handle_visitor(const wire::Message& message);
  void start_deadline();
  void end(const std::string& why);
  bool is_silenced() const { return is_closed_ || is_dismissed_; }

  Socket socket_;
  boost::asio::steady_timer deadline_;  // Of Hello, and of the end after dismiss().
  const ConnectionId id_;
  const std::string& secret_;
  TalkListener& listener_;
  wire::Claim claim_;  // Proven once authenticate() has returned.
  wire::FrameReader reader_;
  std::deque<std::string> outgoing_;
  std::int64_t taken_ = 0;  // Messages that the listener has been told, without heartbeats.
  bool has_said_hello_ = false;
  bool is_closed_ = false;
  bool is_dismissed_ = false;
  bool is_late_ = false;  // The deadline closed it.
};

}  // namespace muster::coordinator
