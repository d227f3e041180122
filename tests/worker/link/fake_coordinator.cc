#include "tests/worker/link/fake_coordinator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <variant>

namespace muster::worker {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};

bool is_readable_within(int socket, std::chrono::milliseconds wait) {
  pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, static_cast<int>(wait.count())) == 1;
}

}  // namespace

wire::Claim Peer::authenticate(const std::string& secret) {
  wire::ClientHello hello{};
  read_all(hello.data(), hello.size());
  const wire::ServerProof proof = wire::make_server_proof(secret, hello, wire::make_nonce());
  send_bytes({reinterpret_cast<const char*>(proof.data()), proof.size()});
  wire::ClientProof client_proof{};
  read_all(client_proof.data(), client_proof.size());
  if (!wire::client_proof_is_right(secret, hello, proof, client_proof)) {
    throw std::runtime_error("the worker's proof is wrong");
  }
  return wire::parse_client_hello(hello);
}

void Peer::prove(const std::string& secret) {
  wire::ClientHello hello{};
  read_all(hello.data(), hello.size());
  const wire::ServerProof proof = wire::make_server_proof(secret, hello, wire::make_nonce());
  send_bytes({reinterpret_cast<const char*>(proof.data()), proof.size()});
}

wire::Message Peer::receive() {
  while (true) {
    if (const auto content = reader_.next()) {
      wire::Message message = wire::decode(*content);
      confirm(message);
      return message;
    }
    std::array<char, 65536> bytes{};
    const std::size_t count = read_some(bytes.data(), bytes.size());
    if (count == 0) throw std::runtime_error("the worker closed the connection");
    reader_.append({bytes.data(), count});
  }
}

wire::Message Peer::accept_hello() {
  wire::Message hello = receive();
  send(wire::Taken{0});
  return hello;
}

void Peer::confirm(const wire::Message& message) {
  const bool counts = !std::holds_alternative<wire::Hello>(message) &&
                      !std::holds_alternative<wire::Heartbeat>(message);
  if (counts && confirms_) send(wire::Taken{++taken_});
}

wire::Message Peer::receive_news() {
  while (true) {
    wire::Message message = receive();
    if (!std::holds_alternative<wire::Heartbeat>(message)) return message;
  }
}

bool Peer::is_closed_without_news() {
  while (true) {
    while (const auto content = reader_.next()) {
      if (!std::holds_alternative<wire::Heartbeat>(wire::decode(*content))) return false;
    }
    std::array<char, 4096> bytes{};
    const std::size_t count = read_some(bytes.data(), bytes.size());
    if (count == 0) return true;
    reader_.append({bytes.data(), count});
  }
}

void Peer::send_bytes(const std::string& bytes) {
  if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("cannot send to the worker");
  }
}

std::size_t Peer::read_some(char* bytes, std::size_t size) {
  if (!is_readable_within(socket_.get(), kPatience)) {
    throw std::runtime_error("the worker says nothing");
  }
  const ssize_t count = recv(socket_.get(), bytes, size, 0);
  if (count < 0 && errno != ECONNRESET) throw std::runtime_error("cannot read from the worker");
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void Peer::read_all(void* bytes, std::size_t size) {
  auto* next = static_cast<char*>(bytes);
  while (size > 0) {
    const std::size_t count = read_some(next, size);
    if (count == 0) throw std::runtime_error("the worker closed the connection");
    next += count;
    size -= count;
  }
}

FakeCoordinator::FakeCoordinator() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 16) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
}

Peer FakeCoordinator::accept() {
  if (!is_called_within(kPatience)) throw std::runtime_error("no worker connects");
  return Peer(FileDescriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

bool FakeCoordinator::is_called_within(std::chrono::milliseconds wait) const {
  return is_readable_within(listener_.get(), wait);
}

}  // namespace muster::worker
