#include "coordinator/net/stop_request.h"

#include <array>
#include <exception>
#include <string_view>
#include <variant>

#include "common/error.h"
#include "common/text.h"
#include "common/wire/codec.h"
#include "common/wire/handshake.h"
#include "coordinator/net/asio.h"

namespace muster::coordinator {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

asio::awaitable<void> authenticate(tcp::socket& socket, const std::string& secret) {
  const wire::ClientHello hello =
      wire::make_client_hello({.generation = 0, .rank = wire::kVisitor}, wire::make_nonce());
  co_await asio::async_write(socket, asio::buffer(hello), use_awaitable);
  wire::ServerProof proof;
  co_await asio::async_read(socket, asio::buffer(proof), use_awaitable);
  if (!wire::server_proof_is_right(secret, hello, proof)) {
    throw Error(ErrorCode::invalid, "whoever listens there does not know the secret of this run");
  }
  const wire::ClientProof answer = wire::make_client_proof(secret, hello, proof);
  co_await asio::async_write(socket, asio::buffer(answer), use_awaitable);
}

asio::awaitable<void> talk(tcp::socket& socket, const run::CoordinatorAddress& address,
                           const std::string& secret, const std::string& reason) {
  tcp::resolver resolver(socket.get_executor());
  const auto places =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), use_awaitable);
  co_await asio::async_connect(socket, places, use_awaitable);
  co_await authenticate(socket, secret);
  const std::string request = wire::frame(wire::encode(wire::Stop{reason}));
  co_await asio::async_write(socket, asio::buffer(request), use_awaitable);
  wire::FrameReader reader;
  std::array<char, 256> buffer;
  for (;;) {
    const std::size_t count = co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
    reader.append(std::string_view(buffer.data(), count));
    const auto content = reader.next();
    if (content && std::holds_alternative<wire::Taken>(wire::decode(*content))) co_return;
  }
}

}  // namespace

void ask_to_stop(const run::CoordinatorAddress& address, const std::string& secret,
                 const std::string& reason, Clock::duration patience) {
  const std::string who =
      concat("coordinator ", address.number, " at ", address.host, ":", address.port);
  asio::io_context io;
  tcp::socket socket(io);
  bool is_done = false;
  std::exception_ptr failure;
  asio::co_spawn(io, talk(socket, address, secret, reason), [&](std::exception_ptr thrown) {
    is_done = true;
    failure = thrown;
  });
  io.run_for(patience);
  if (!is_done) throw Error(ErrorCode::timeout, who + " does not answer");
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::unavailable, concat("cannot reach ", who, ": ", error.code().message()));
  } catch (const Error& error) {
    throw Error(error.code(), concat(who, ": ", error.what()), error.hint());
  }
}

}  // namespace muster::coordinator
