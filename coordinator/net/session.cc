#include "coordinator/net/session.h"

#include <array>
#include <string_view>
#include <variant>

#include "common/error.h"
#include "common/log.h"
#include "common/text.h"

namespace muster::coordinator {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

Session::Session(Socket socket, ConnectionId id, const std::string& secret, TalkListener& listener)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      id_(id),
      secret_(secret),
      listener_(listener) {}

asio::awaitable<void> Session::serve() {
  const auto self = shared_from_this();
  std::string why;
  start_deadline();
  try {
    co_await authenticate();
    co_await read_messages();
  } catch (const boost::system::system_error& error) {
    why = error.code() == asio::error::eof ? "end of file" : error.code().message();
  } catch (const std::exception& error) {
    why = error.what();
  }
  end(is_late_ ? "no proof and Hello within the deadline" : why);
}

void Session::start_deadline() {
  deadline_.expires_after(kPatience);
  deadline_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    const auto session = self.lock();
    if (error || !session || (session->has_said_hello_ && !session->is_dismissed_)) return;
    session->is_late_ = true;
    boost::system::error_code ignored;
    session->socket_.close(ignored);
  });
}

asio::awaitable<void> Session::authenticate() {
  wire::ClientHello hello;
  co_await asio::async_read(socket_, asio::buffer(hello), use_awaitable);
  claim_ = wire::parse_client_hello(hello);
  const wire::ServerProof proof = wire::make_server_proof(secret_, hello, wire::make_nonce());
  co_await asio::async_write(socket_, asio::buffer(proof), use_awaitable);
  wire::ClientProof answer;
  co_await asio::async_read(socket_, asio::buffer(answer), use_awaitable);
  if (!wire::client_proof_is_right(secret_, hello, proof, answer)) {
    throw Error(ErrorCode::invalid, "the other side does not know this run's secret");
  }
}

asio::awaitable<void> Session::read_messages() {
  std::array<char, kReadBytes> buffer;
  while (!is_closed_) {
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer), use_awaitable);
    // Read all the same: a reset would take the last word with it.
    if (is_dismissed_) continue;
    reader_.append(std::string_view(buffer.data(), count));
    const std::int64_t taken_before = taken_;
    while (const auto content = is_silenced() ? std::nullopt : reader_.next()) {
      handle(wire::decode(*content));
    }
    if (taken_ > taken_before && !is_silenced()) listener_.told(id_, taken_);
  }
}

void Session::handle(const wire::Message& message) {
  if (claim_.rank == wire::kVisitor) return handle_visitor(message);
  const int rank = static_cast<int>(claim_.rank);
  if (has_said_hello_) {
    listener_.spoke(id_, claim_.generation, rank, message);
    if (!std::holds_alternative<wire::Heartbeat>(message)) ++taken_;
    return;
  }
  const auto* hello = std::get_if<wire::Hello>(&message);
  if (hello == nullptr) throw Error(ErrorCode::invalid, "the first message was not Hello");
  if (hello->rank != rank || hello->generation != Generation{claim_.generation}) {
    throw Error(ErrorCode::invalid, "Hello names another worker than the one that authenticated");
  }
  has_said_hello_ = true;
  deadline_.cancel();
  listener_.connected(id_, *hello);
  if (!is_silenced()) send(wire::Taken{0});
}

void Session::handle_visitor(const wire::Message& message) {
  const auto* stop = std::get_if<wire::Stop>(&message);
  if (stop == nullptr) throw Error(ErrorCode::invalid, "a visitor may only say stop");
  ++taken_;
  listener_.stop_requested(stop->reason);
}

void Session::send(const wire::Message& message) {
  if (is_closed_) return;
  outgoing_.push_back(wire::frame(wire::encode(message)));
  if (outgoing_.size() > 1) return;  // The writer is at work.
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->write_queue(); },
      asio::detached);
}

asio::awaitable<void> Session::write_queue() {
  try {
    while (!outgoing_.empty()) {
      co_await asio::async_write(socket_, asio::buffer(outgoing_.front()), use_awaitable);
      outgoing_.pop_front();
    }
  } catch (const boost::system::system_error&) {
    outgoing_.clear();  // The reader sees the same end, and tells it.
  }
}

void Session::close() {
  if (is_closed_) return;
  is_closed_ = true;
  deadline_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Session::dismiss(const wire::Message& last_word) {
  if (is_silenced()) return;
  send(last_word);
  is_dismissed_ = true;
  start_deadline();
}

void Session::end(const std::string& why) {
  if (is_closed_) return;
  close();
  if (is_dismissed_) return;
  if (claim_.rank == wire::kVisitor && taken_ > 0) return;
  if (!has_said_hello_) return log::warning("a connection was refused: " + why);
  listener_.lost(id_, claim_.generation, static_cast<int>(claim_.rank), why);
}

}  // namespace muster::coordinator
