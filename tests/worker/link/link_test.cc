// The link against a coordinator made of plain sockets. Its thread is real; tests wait only for as
// long as something has to happen, and some tens of milliseconds where they are about nothing
// happening.
#include "worker/link/link.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/atomic_file.h"
#include "common/checkpoint/generation.h"
#include "common/error.h"
#include "common/run/fence.h"
#include "tests/worker/link/fake_coordinator.h"
#include "tests/worker/temporary_run.h"

namespace muster::worker {
namespace {

using namespace std::chrono_literals;

constexpr auto kNever = std::chrono::hours(1);
constexpr auto kAlone = 50ms;

wire::MetricsLine line(std::int64_t step) {
  return {.step = step, .epoch = 0.5, .values = {{"train/loss", 0.25}}};
}

class LinkTest : public testing::Test {
 protected:
  LinkTest() {
    run::create_secret(*run_);
    secret_ = run::read_secret(*run_);
  }

  /// Makes `coordinator` the one that coordinator.json names.
  void publish(const FakeCoordinator& coordinator) {
    run::publish_address(*run_, {.number = run::take_coordinator_number(*run_, "{}"),
                                 .host = "127.0.0.1",
                                 .port = coordinator.port(),
                                 .pid = 1});
  }

  static wire::Hello hello() {
    return {.rank = 3, .world = 4, .generation = 2, .host = "node1", .pid = 77, .version = "0.1.0"};
  }

  std::unique_ptr<Link> connect(std::chrono::nanoseconds heartbeat = kNever,
                                Clock::duration patience = 5s) {
    return Link::connect(*run_,
                         {.hello = hello(),
                          .heartbeat = heartbeat,
                          .reconnect = 1ms,
                          .alone = kAlone,
                          .replaced = [this](const std::string& why) { replaced_.set_value(why); }},
                         Deadline::after(patience));
  }

  /// Connects while this thread plays the coordinator, and takes Hello.
  std::unique_ptr<Link> connect_to(FakeCoordinator& coordinator, std::unique_ptr<Peer>& peer,
                                   std::chrono::nanoseconds heartbeat = kNever) {
    auto link = std::async(std::launch::async, [&] { return connect(heartbeat); });
    peer = welcome(coordinator);
    return link.get();
  }

  std::unique_ptr<Peer> welcome(FakeCoordinator& coordinator) {
    auto peer = std::make_unique<Peer>(coordinator.accept());
    peer->authenticate(secret_);
    EXPECT_EQ(peer->accept_hello(), wire::Message(hello()));
    return peer;
  }

  void expect_no_connection(ErrorCode code, const std::string& says) {
    try {
      connect(kNever, 300ms);
      ADD_FAILURE() << "connected, although it should say: " << says;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }

  TemporaryRun run_;
  /// What the worker was told when it was replaced; fails when it is not, within five seconds.
  std::string why_replaced() {
    auto why = replaced_.get_future();
    EXPECT_EQ(why.wait_for(5s), std::future_status::ready);
    return why.wait_for(0s) == std::future_status::ready ? why.get() : "";
  }

  std::string secret_;
  std::promise<std::string> replaced_;
  FakeCoordinator coordinator_;
  std::unique_ptr<Peer> peer_;
};

TEST_F(LinkTest, SaysWhoItIsInTheHandshakeAndInHello) {
  publish(coordinator_);
  auto link = std::async(std::launch::async, [&] { return connect(); });
  Peer peer = coordinator_.accept();
  const wire::Claim claim = peer.authenticate(secret_);
  EXPECT_EQ(claim.generation, 2U);
  EXPECT_EQ(claim.rank, 3U);
  EXPECT_EQ(peer.accept_hello(), wire::Message(hello()));
  EXPECT_NE(link.get(), nullptr);
}

TEST_F(LinkTest, CoordinatorWithoutTheSecretIsRefused) {
  publish(coordinator_);
  auto refused = std::async(std::launch::async, [&] {
    expect_no_connection(ErrorCode::unavailable, "does not know the secret");
  });
  Peer peer = coordinator_.accept();
  peer.prove("not the secret");
  EXPECT_TRUE(peer.is_closed_without_news());
  refused.get();
}

TEST_F(LinkTest, PortWhereNobodyListensIsNamed) {
  int port = 0;
  {
    FakeCoordinator gone;
    publish(gone);
    port = gone.port();
  }
  expect_no_connection(ErrorCode::unavailable, "127.0.0.1:" + std::to_string(port));
}

TEST_F(LinkTest, RunWithoutCoordinatorIsUnavailable) {
  expect_no_connection(ErrorCode::unavailable, "coordinator.json");
}

TEST_F(LinkTest, CoordinatorThatNeverAnswersIsATimeout) {
  publish(coordinator_);
  expect_no_connection(ErrorCode::timeout, "did not answer");
}

TEST_F(LinkTest, RunWithoutSecretIsAnErrorOfStorage) {
  std::filesystem::remove(run_->secret());
  expect_no_connection(ErrorCode::storage, "secret");
}

TEST_F(LinkTest, ChangeOfPhaseIsToldAtOnce) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  EXPECT_EQ(std::get<wire::Heartbeat>(peer_->receive()).phase, wire::Phase::starting);
  link->step_completed(12);
  link->progressed();
  link->progressed();
  link->phase(wire::Phase::evaluating);
  EXPECT_EQ(peer_->receive(), wire::Message(wire::Heartbeat{
                                  .phase = wire::Phase::evaluating, .step = 12, .operations = 2}));
}

// What a rank other than 0 does before it ends: the phase must not be lost.
TEST_F(LinkTest, FlushWaitsForTheLastPhaseToo) {
  publish(coordinator_);
  auto link = connect_to(coordinator_, peer_);
  link->phase(wire::Phase::finished);
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
  link.reset();
  wire::Phase last = wire::Phase::starting;
  while (last != wire::Phase::finished) last = std::get<wire::Heartbeat>(peer_->receive()).phase;
  EXPECT_TRUE(peer_->is_closed_without_news());
}

TEST_F(LinkTest, HeartbeatsComeByThemselves) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_, 2ms);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::holds_alternative<wire::Heartbeat>(peer_->receive()));
  }
}

TEST_F(LinkTest, MessagesArriveInTheirOrder) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  const wire::CheckpointWritten checkpoint{.step = 2, .path = "/p", .model_sha256 = "abc"};
  link->restored(120, "checkpoint step-000120");
  link->metrics(line(1));
  link->metrics(line(2));
  link->checkpoint_written(checkpoint);
  EXPECT_EQ(peer_->receive_news(),
            wire::Message(wire::Restored{.step = 120, .source = "checkpoint step-000120"}));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(1)));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(2)));
  EXPECT_EQ(peer_->receive_news(), wire::Message(checkpoint));
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
}

TEST_F(LinkTest, NothingIsSaidAfterTheLastWord) {
  publish(coordinator_);
  auto link = connect_to(coordinator_, peer_);
  const wire::Failed failure{
      .code = "aborted", .message = "rank 1 is gone", .hint = "see its log", .step = 5};
  link->failed(failure);
  link->phase(wire::Phase::finished);
  link->metrics(line(6));
  EXPECT_EQ(peer_->receive_news(), wire::Message(failure));
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
  link.reset();
  EXPECT_TRUE(peer_->is_closed_without_news());
}

TEST_F(LinkTest, FailureLargerThanAFrameIsClipped) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  link->failed({.code = "invalid",
                .message = std::string(wire::kLargestFrameBytes, '\x01'),
                .hint = "",
                .step = 0});
  EXPECT_EQ(std::get<wire::Failed>(peer_->receive_news()).message.size(), 64U * 1024);
}

TEST_F(LinkTest, StopIsSeen) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  EXPECT_FALSE(link->stop_requested());
  peer_->send(wire::Stop{.reason = "Ctrl-C"});
  const Deadline deadline = Deadline::after(5s);
  while (!link->stop_requested() && !deadline.has_passed()) std::this_thread::yield();
  EXPECT_TRUE(link->stop_requested());
}

// The successor has another port and the next number.
TEST_F(LinkTest, SuccessorGetsWhatTheOneBeforeHasNotConfirmed) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  link->metrics(line(1));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(1)));
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
  peer_->stop_confirming();
  link->metrics(line(2));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(2)));
  link->metrics(line(3));
  EXPECT_FALSE(link->flush(Deadline::after(20ms)));
  FakeCoordinator successor;
  publish(successor);
  peer_.reset();
  peer_ = welcome(successor);
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(2)));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(3)));
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
}

TEST_F(LinkTest, SuccessorGetsWhatWasKeptWhileNobodyWasThere) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  peer_.reset();
  ASSERT_TRUE(coordinator_.is_called_within(5s));  // The loss is noticed; nobody answers.
  link->metrics(line(1));
  link->metrics(line(2));
  EXPECT_FALSE(link->flush(Deadline::after(10ms)));
  FakeCoordinator successor;
  publish(successor);
  coordinator_ = FakeCoordinator();  // Closes the port of the old one.
  peer_ = welcome(successor);
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(1)));
  EXPECT_EQ(peer_->receive_news(), wire::Message(line(2)));
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
}

TEST_F(LinkTest, WorkerIsAloneWhenNobodyComesBackForLong) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  const auto is_soon = [&](bool alone) {
    const Deadline deadline = Deadline::after(5s);
    while (link->is_alone() != alone && !deadline.has_passed()) std::this_thread::yield();
    return link->is_alone() == alone;
  };
  std::this_thread::sleep_for(2 * kAlone);
  EXPECT_FALSE(link->is_alone());
  const Clock::time_point lost = Clock::now();
  peer_.reset();
  EXPECT_TRUE(is_soon(true));
  EXPECT_GE(Clock::now() - lost, kAlone);
  peer_ = welcome(coordinator_);
  EXPECT_TRUE(is_soon(false));
}

// A coordinator that proves itself and closes has refused it: nobody is there for this worker.
TEST_F(LinkTest, WorkerThatIsRefusedAgainAndAgainIsAlone) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  peer_.reset();
  const Deadline deadline = Deadline::after(5s);
  while (!link->is_alone() && !deadline.has_passed()) {
    Peer peer = coordinator_.accept();
    peer.authenticate(secret_);
    EXPECT_EQ(peer.receive(), wire::Message(hello()));
  }
  EXPECT_TRUE(link->is_alone());
}

TEST_F(LinkTest, WorkerIsNotConnectedBeforeItsHelloIsAccepted) {
  publish(coordinator_);
  auto link = std::async(std::launch::async, [&] { return connect(); });
  Peer peer = coordinator_.accept();
  peer.authenticate(secret_);
  EXPECT_EQ(peer.receive(), wire::Message(hello()));
  EXPECT_EQ(link.wait_for(20ms), std::future_status::timeout);
  peer.send(wire::Taken{0});
  EXPECT_NE(link.get(), nullptr);
}

TEST_F(LinkTest, WorkerOfAGenerationThatIsOverIsToldAndCallsNoMore) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  peer_.reset();
  {
    Peer peer = coordinator_.accept();
    peer.authenticate(secret_);
    EXPECT_EQ(peer.receive(), wire::Message(hello()));
    peer.send(wire::Replaced{5});
    EXPECT_EQ(why_replaced(), "generation 2 is over: the present one is 5");
  }
  EXPECT_FALSE(coordinator_.is_called_within(50ms));
}

// The coordinator's machine may be out of reach; the shared folder is not.
TEST_F(LinkTest, WorkerSeesAlsoInTheFolderThatItsGenerationIsOver) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  checkpoint::claim_folder(run_->checkpoints(), 2);
  peer_.reset();
  peer_ = welcome(coordinator_);  // Its own claim.
  checkpoint::claim_folder(run_->checkpoints(), 3);
  peer_.reset();
  EXPECT_EQ(why_replaced(), "generation 2 is over: the present one is 3");
}

// After the last word the coordinator may close: that is the end, not a loss.
TEST_F(LinkTest, NobodyCallsAgainAfterTheLastWord) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  wire::Finished result;
  result.steps = 10;
  link->finished(result);
  EXPECT_EQ(peer_->receive_news(), wire::Message(result));
  peer_.reset();
  EXPECT_FALSE(coordinator_.is_called_within(20ms));
}

TEST_F(LinkTest, CoordinatorWithASmallerNumberIsRefused) {
  FakeCoordinator older;
  publish(older);
  const std::string older_address = read_file(run_->coordinator());
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  write_file_atomic(run_->coordinator(), older_address);
  peer_.reset();
  EXPECT_FALSE(older.is_called_within(30ms));

  FakeCoordinator newer;
  publish(newer);
  EXPECT_NE(welcome(newer), nullptr);
}

TEST_F(LinkTest, BytesThatAreNoControlTalkEndTheConnection) {
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  peer_->send_bytes(std::string(64, '\xff'));
  EXPECT_TRUE(peer_->is_closed_without_news());
  EXPECT_NE(welcome(coordinator_), nullptr);
}

// More than the buffers of the sockets hold: the training thread goes on, and all arrive in the
// end.
TEST_F(LinkTest, CoordinatorThatDoesNotReadBlocksNobody) {
  constexpr std::int64_t kLines = 8;
  publish(coordinator_);
  const auto link = connect_to(coordinator_, peer_);
  wire::CheckpointWritten large{.step = 0, .path = std::string(1'000'000, 'p'), .model_sha256 = ""};
  for (std::int64_t i = 1; i <= kLines; ++i) {
    large.step = i;
    link->checkpoint_written(large);
  }
  EXPECT_FALSE(link->flush(Deadline::after(10ms)));
  for (std::int64_t i = 1; i <= kLines; ++i) {
    EXPECT_EQ(std::get<wire::CheckpointWritten>(peer_->receive_news()).step, i);
  }
  EXPECT_TRUE(link->flush(Deadline::after(5s)));
}

TEST_F(LinkTest, EndsAtOnceAlsoWhileItTriesToConnect) {
  publish(coordinator_);
  auto link = connect_to(coordinator_, peer_);
  peer_.reset();
  ASSERT_TRUE(coordinator_.is_called_within(5s));  // The handshake waits for an answer now.
  const Clock::time_point before = Clock::now();
  link.reset();
  EXPECT_LT(Clock::now() - before, 2s);
}

}  // namespace
}  // namespace muster::worker
