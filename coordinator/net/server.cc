#include "coordinator/net/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/error.h"
#include "common/log.h"
#include "common/text.h"

namespace muster::coordinator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A host that vanishes without a word is noticed after about five seconds. Best effort: without
/// these options the launcher's exit still tells.
void notice_vanished_hosts(tcp::socket& socket) {
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 2);   // Seconds of silence before the first probe,
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);  // between probes,
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);    // and probes without an answer.
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace

Server::Server(asio::io_context& io, Options options, TalkListener& listener)
    : io_(io), options_(std::move(options)), listener_(listener), acceptor_(io), pause_(io) {
  try {
    listen();
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::unavailable,
                concat("cannot listen on ", options_.address, ": ", error.code().message()));
  }
  accept();
}

void Server::listen() {
  const tcp::endpoint endpoint(asio::ip::make_address(options_.address), 0);
  acceptor_.open(endpoint.protocol());
  acceptor_.bind(endpoint);
  acceptor_.listen();
}

int Server::port() const { return acceptor_.local_endpoint().port(); }

void Server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: trying again at once would only burn time.
    log::warning("accept: " + error.message());
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Server::admit(tcp::socket socket) {
  std::erase_if(sessions_, [](const auto& entry) { return entry.second.expired(); });
  if (sessions_.size() >= options_.connections_max) {
    return log::warning("too many connections: one was turned away");
  }
  notice_vanished_hosts(socket);
  const ConnectionId id{++last_id_};
  const auto session = std::make_shared<Session>(std::move(socket), id, options_.secret, listener_);
  sessions_.emplace(id, session);
  asio::co_spawn(
      io_, [session] { return session->serve(); }, asio::detached);
}

void Server::send(ConnectionId connection, const wire::Message& message) {
  if (const auto session = session_of(connection)) session->send(message);
}

void Server::close(ConnectionId connection) {
  if (const auto session = session_of(connection)) session->close();
}

void Server::dismiss(ConnectionId connection, const wire::Message& last_word) {
  if (const auto session = session_of(connection)) session->dismiss(last_word);
}

std::shared_ptr<Session> Server::session_of(ConnectionId connection) const {
  const auto found = sessions_.find(connection);
  return found == sessions_.end() ? nullptr : found->second.lock();
}

}  // namespace muster::coordinator
