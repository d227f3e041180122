// Listens for workers and keeps their sessions. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "coordinator/net/asio.h"
#include "coordinator/net/session.h"

namespace muster::coordinator {

class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::string secret;
    std::size_t connections_max = 64;  // More at the same time are turned away.
  };

  /// Listens at once, on a port that the system chooses. Throws Error{unavailable}. `listener`
  /// outlives the server and is called from io.run().
  Server(boost::asio::io_context& io, Options options, TalkListener& listener);

  int port() const;

  /// Nothing happens for a connection that is gone.
  void send(ConnectionId connection, const wire::Message& message);
  void close(ConnectionId connection);
  void dismiss(ConnectionId connection, const wire::Message& last_word);

 private:
  void listen();
  void accept();
  void admit(Session::Socket socket);
  std::shared_ptr<Session> session_of(ConnectionId connection) const;  // Null: it is gone.

  boost::asio::io_context& io_;
  const Options options_;
  TalkListener& listener_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;  // After a failed accept.
  std::map<ConnectionId, std::weak_ptr<Session>> sessions_;
  std::uint64_t last_id_ = 0;
};

}  // namespace muster::coordinator
