#include "worker/link/session.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/text.h"
#include "common/wire/codec.h"
#include "common/wire/handshake.h"

namespace muster::worker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A coordinator's machine that confirms nothing for so long is lost. Well above what packet loss
// costs, well below the minutes that TCP would wait.
constexpr auto kUnconfirmedMax = std::chrono::seconds(5);

class TcpSession final : public Session, public std::enable_shared_from_this<TcpSession> {
 public:
  TcpSession(asio::io_context& io, SessionOptions options, SessionEvents events)
      : options_(std::move(options)),
        events_(std::move(events)),
        resolver_(io),
        socket_(io),
        timer_(io) {}

  /// Resolves the host, unless it is an address already.
  void begin() {
    arm_timeout();
    const auto port = static_cast<std::uint16_t>(options_.address.port);
    error_code not_an_address;
    const auto ip = asio::ip::make_address(options_.address.host, not_an_address);
    if (!not_an_address) return connect({tcp::endpoint(ip, port)});
    resolver_.async_resolve(
        options_.address.host, std::to_string(port),
        [self = shared_from_this()](error_code failure, const tcp::resolver::results_type& found) {
          if (failure) return self->end("cannot find this host: " + failure.message());
          self->connect({found.begin(), found.end()});
        });
  }

  void send(std::string frame) override {
    outgoing_ = std::move(frame);
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](error_code failure, std::size_t) {
                        if (failure) return self->end("cannot send: " + failure.message());
                        if (!self->ended_) self->events_.sent();
                      });
  }

 private:
  void arm_timeout() {
    timer_.expires_after(options_.timeout);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (cancelled || self->ready_) return;
      const std::chrono::duration<double> seconds = self->options_.timeout;
      self->end(concat("no answer within ", human_seconds(seconds.count())));
    });
  }

  void connect(std::vector<tcp::endpoint> endpoints) {
    if (ended_) return;
    endpoints_ = std::move(endpoints);
    asio::async_connect(socket_, endpoints_,
                        [self = shared_from_this()](error_code failure, const tcp::endpoint&) {
                          if (failure) return self->end("cannot connect: " + failure.message());
                          self->set_socket_options();
                          self->say_client_hello();
                        });
  }

  /// Best effort: the talk works without them, only slower to react.
  void set_socket_options() {
    const int socket = socket_.native_handle();
    const int no_delay = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    const auto unconfirmed_ms_max =
        static_cast<unsigned>(std::chrono::milliseconds(kUnconfirmedMax).count());
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unconfirmed_ms_max,
               sizeof unconfirmed_ms_max);
    fcntl(socket, F_SETFD, FD_CLOEXEC);
  }

  void say_client_hello() {
    const wire::Claim claim{.generation = static_cast<std::uint32_t>(options_.hello.generation),
                            .rank = static_cast<std::uint32_t>(options_.hello.rank)};
    client_hello_ = wire::make_client_hello(claim, wire::make_nonce());
    asio::async_write(socket_, asio::buffer(client_hello_),
                      [self = shared_from_this()](error_code failure, std::size_t) {
                        if (failure) return self->end("cannot send: " + failure.message());
                        self->hear_server_proof();
                      });
  }

  void hear_server_proof() {
    asio::async_read(socket_, asio::buffer(server_proof_),
                     [self = shared_from_this()](error_code failure, std::size_t) {
                       if (failure) return self->end(refused(failure));
                       self->check_server_proof();
                     });
  }

  void check_server_proof() {
    if (!wire::server_proof_is_right(options_.secret, client_hello_, server_proof_)) {
      return end("whoever listens there does not know the secret of this run");
    }
    // Our proof and the first frame go together: the coordinator reads on only if the proof is
    // right.
    const auto proof = wire::make_client_proof(options_.secret, client_hello_, server_proof_);
    outgoing_.assign(reinterpret_cast<const char*>(proof.data()), proof.size());
    outgoing_ += wire::frame(wire::encode(options_.hello));
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](error_code failure, std::size_t) {
                        if (failure) return self->end("cannot send: " + failure.message());
                        if (!self->ended_) self->receive();
                      });
  }

  /// With the first frame: whoever is refused gets none but Replaced.
  void become_ready() {
    ready_ = true;
    timer_.cancel();
    events_.ready();
  }

  void receive() {
    socket_.async_read_some(asio::buffer(incoming_),
                            [self = shared_from_this()](error_code failure, std::size_t bytes) {
                              if (failure) return self->end(refused(failure));
                              if (self->take_frames({self->incoming_.data(), bytes}))
                                self->receive();
                            });
  }

  /// False when the connection has ended.
  bool take_frames(std::string_view bytes) {
    try {
      reader_.append(bytes);
      while (!ended_) {
        const auto content = reader_.next();
        if (!content) break;
        const wire::Message message = wire::decode(*content);
        if (!ready_ && !std::holds_alternative<wire::Replaced>(message)) become_ready();
        events_.received(message);
      }
    } catch (const Error& error) {
      end(concat("what it sends is not the control talk: ", error.what()));
    }
    return !ended_;
  }

  static std::string refused(error_code failure) {
    if (failure == asio::error::eof) return "it closed the connection";
    return "the connection broke: " + failure.message();
  }

  void end(const std::string& reason) {
    if (ended_) return;
    ended_ = true;
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    events_.ended(reason);
  }

  const SessionOptions options_;
  const SessionEvents events_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer timer_;  // Runs until ready_.
  std::vector<tcp::endpoint> endpoints_;
  wire::ClientHello client_hello_{};
  wire::ServerProof server_proof_{};
  std::string outgoing_;  // What the write in progress reads from.
  std::array<char, 16 * 1024> incoming_{};
  wire::FrameReader reader_;
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<Session> Session::start(asio::io_context& io, SessionOptions options,
                                        SessionEvents events) {
  auto session = std::make_shared<TcpSession>(io, std::move(options), std::move(events));
  asio::post(io, [session] { session->begin(); });
  return session;
}

}  // namespace muster::worker
