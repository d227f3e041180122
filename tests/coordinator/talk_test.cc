// The server against well-behaved workers and against strangers, over loopback.

#include <gmock/gmock.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/deadline.h"
#include "common/text.h"
#include "coordinator/net/server.h"

namespace muster::coordinator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Talk : public ::testing::Test, protected TalkListener {
 protected:
  Talk()
      : server_(io_, {.address = "127.0.0.1", .secret = "secret", .connections_max = 4}, *this) {}

  void connected(ConnectionId connection, const wire::Hello& hello) override {
    connection_ = connection;
    heard_.push_back(concat("connected ", hello.rank));
  }
  void spoke(ConnectionId, Generation generation, int rank, wire::Message message) override {
    heard_.push_back(concat("spoke ", generation, " ", rank, " ", message.index()));
  }
  void told(ConnectionId connection, std::int64_t messages) override {
    told_.push_back(messages);
    if (answers_) server_.send(connection, wire::Taken{messages});
  }
  void stop_requested(std::string reason) override { heard_.push_back("stop: " + reason); }
  void lost(ConnectionId, Generation, int rank, std::string why) override {
    heard_.push_back(concat("lost ", rank, ": ", why));
  }

  tcp::socket dial() {
    tcp::socket socket(client_io_);
    socket.connect(
        {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(server_.port())});
    return socket;
  }

  /// The worker's part of the handshake, with the server's in between.
  void authenticate(tcp::socket& socket, const std::string& secret, const wire::Claim& claim) {
    const auto hello = wire::make_client_hello(claim, wire::make_nonce());
    asio::write(socket, asio::buffer(hello));
    run_until([&] { return socket.available() >= sizeof(wire::ServerProof); });
    wire::ServerProof proof;
    asio::read(socket, asio::buffer(proof));
    EXPECT_TRUE(wire::server_proof_is_right("secret", hello, proof));
    asio::write(socket, asio::buffer(wire::make_client_proof(secret, hello, proof)));
  }

  static void say(tcp::socket& socket, const wire::Message& message) {
    asio::write(socket, asio::buffer(wire::frame(wire::encode(message))));
  }

  /// The next message from the other side.
  wire::Message hear(tcp::socket& socket) {
    std::optional<std::string> content;
    run_until([&] {
      std::array<char, 200> buffer;
      if (socket.available() > 0) {
        reader_.append({buffer.data(), socket.read_some(asio::buffer(buffer))});
      }
      content = reader_.next();
      return content.has_value();
    });
    return wire::decode(content.value());
  }

  static wire::Hello hello_of(int rank) {
    return {.rank = rank, .world = 2, .generation = 1, .host = "h", .pid = 1, .version = "0"};
  }

  template <class Condition>
  void run_until(Condition condition) {
    const Deadline deadline = Deadline::after(std::chrono::seconds(5));
    while (!condition()) {
      ASSERT_FALSE(deadline.has_passed());
      io_.run_for(std::chrono::milliseconds(1));
    }
  }

  /// True when the other side has closed the connection, whatever it said before.
  bool is_closed(tcp::socket& socket) {
    socket.non_blocking(true);
    boost::system::error_code error = asio::error::would_block;
    run_until([&] {
      char byte = 0;
      socket.read_some(asio::buffer(&byte, 1), error);
      return error && error != asio::error::would_block;
    });
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

  asio::io_context io_;
  asio::io_context client_io_;
  std::vector<std::string> heard_;
  std::vector<std::int64_t> told_;
  bool answers_ = true;
  wire::FrameReader reader_;  // Of what one client hears.
  ConnectionId connection_{};
  Server server_;
};

TEST_F(Talk, CarriesMessagesBothWays) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  say(socket, wire::Heartbeat{});
  run_until([&] { return heard_.size() == 2; });
  server_.send(connection_, wire::Stop{"enough"});
  EXPECT_EQ(hear(socket), wire::Message(wire::Taken{0}));  // The Hello is accepted.
  EXPECT_EQ(hear(socket), wire::Message(wire::Stop{"enough"}));
  socket.close();
  run_until([&] { return heard_.size() == 3; });
  EXPECT_THAT(heard_, ElementsAre("connected 1", "spoke 1 1 1", "lost 1: end of file"));
}

// A coordinator that dies between hearing and keeping must not have confirmed.
TEST_F(Talk, ConfirmsNothingByItself) {
  answers_ = false;
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  say(socket, wire::Restored{.step = 1, .source = "start"});
  say(socket, wire::Heartbeat{});
  run_until([&] { return heard_.size() == 3; });
  EXPECT_EQ(hear(socket), wire::Message(wire::Taken{0}));
  EXPECT_THAT(told_, ElementsAre(1));
  server_.send(connection_, wire::Taken{1});
  EXPECT_EQ(hear(socket), wire::Message(wire::Taken{1}));
}

TEST_F(Talk, ALastWordArrivesThoughTheWorkerGoesOnTalking) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  run_until([&] { return heard_.size() == 1; });
  server_.dismiss(connection_, wire::Replaced{2});
  for (int i = 0; i < 10; ++i) say(socket, wire::Heartbeat{});
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(hear(socket), wire::Message(wire::Taken{0}));
  EXPECT_EQ(hear(socket), wire::Message(wire::Replaced{2}));
  socket.close();
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(heard_.size(), 1u);  // Neither the heartbeats nor the end.
}

TEST_F(Talk, RefusesWhoDoesNotKnowTheSecret) {
  auto socket = dial();
  authenticate(socket, "guess", {.generation = 1, .rank = 1});
  EXPECT_TRUE(is_closed(socket));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(Talk, RefusesGarbageBeforeTheProof) {
  auto socket = dial();
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n")));
  EXPECT_TRUE(is_closed(socket));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(Talk, RefusesAHelloOfAnotherRankThanTheProof) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(0));
  EXPECT_TRUE(is_closed(socket));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(Talk, RefusesAFirstMessageThatIsNotHello) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, wire::Heartbeat{});
  EXPECT_TRUE(is_closed(socket));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(Talk, AVisitorMaySayStopAndNothingElse) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 0, .rank = wire::kVisitor});
  say(socket, wire::Stop{"enough"});
  EXPECT_EQ(hear(socket), wire::Message(wire::Taken{1}));
  EXPECT_THAT(heard_, ElementsAre("stop: enough"));
  auto other = dial();
  authenticate(other, "secret", {.generation = 0, .rank = wire::kVisitor});
  say(other, hello_of(0));
  EXPECT_TRUE(is_closed(other));
  EXPECT_EQ(heard_.size(), 1u);
}

TEST_F(Talk, EndsAConnectionWhoseFrameIsTooLarge) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  run_until([&] { return heard_.size() == 1; });
  asio::write(socket, asio::buffer(std::string("\xff\xff\xff\xff", 4)));
  EXPECT_TRUE(is_closed(socket));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_THAT(heard_[1], ::testing::StartsWith("lost 1: "));
}

TEST_F(Talk, TurnsAwayMoreConnectionsThanItMayHave) {
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 5; ++i) sockets.push_back(dial());
  EXPECT_TRUE(is_closed(sockets.back()));
  // One that leaves makes room.
  sockets.erase(sockets.begin());
  io_.run_for(std::chrono::milliseconds(20));
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  run_until([&] { return heard_.size() == 1; });
}

TEST_F(Talk, HearsNothingOfAConnectionThatItClosed) {
  auto socket = dial();
  authenticate(socket, "secret", {.generation = 1, .rank = 1});
  say(socket, hello_of(1));
  run_until([&] { return heard_.size() == 1; });
  server_.close(connection_);
  EXPECT_TRUE(is_closed(socket));
  EXPECT_EQ(heard_.size(), 1u);
}

}  // namespace
}  // namespace muster::coordinator
