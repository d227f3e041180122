#include "worker/link/link.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "common/checkpoint/generation.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/text.h"
#include "common/wire/codec.h"
#include "worker/link/outbox.h"
#include "worker/link/session.h"

namespace muster::worker {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kMostDoublings = 4;                    // Of the wait between two attempts.
constexpr std::size_t kMessageBytesMax = 64 * 1024;  // Of a failure's text: frames are bounded.

std::string clipped(std::string text) {
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  return text;
}

/// A thread that never gets a signal: those belong to the training thread.
std::thread thread_without_signals(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

class CoordinatorLink final : public Link {
 public:
  CoordinatorLink(const run::RunDirectory& run, const LinkOptions& options)
      : run_(run), options_(options), secret_(run::read_secret(run)) {
    asio::post(io_, [this] {
      connect_to_coordinator();
      beat();
    });
    thread_ = thread_without_signals([this] { serve(); });
  }

  ~CoordinatorLink() override {
    io_.stop();
    thread_.join();
  }

  /// Throws when the deadline passes first.
  void wait_until_connected(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, deadline.time(), [this] { return has_connected_; })) return;
    const std::string hint = concat("its log is ", run_.coordinator_log().string());
    if (why_not_.empty()) {
      throw Error(ErrorCode::timeout, "the coordinator did not answer in time", hint);
    }
    throw Error(ErrorCode::unavailable, "no connection to the coordinator: " + why_not_, hint);
  }

  // --- The training thread ---------------------------------------------------------------------

  void phase(wire::Phase phase) override {
    phase_.store(phase, std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      if (said_last_word_) return;
      phase_is_news_ = true;
    }
    asio::post(io_, [this] { send_next(); });
  }

  void step_completed(std::int64_t step) override { step_.store(step, std::memory_order_relaxed); }

  void progressed() override { operations_.fetch_add(1, std::memory_order_relaxed); }

  void restored(std::int64_t step, const std::string& source) override {
    step_completed(step);
    queue(wire::Restored{.step = step, .source = source});
  }

  void metrics(const wire::MetricsLine& line) override { queue(line); }

  void checkpoint_written(const wire::CheckpointWritten& checkpoint) override { queue(checkpoint); }

  void checkpoint_failed(const wire::CheckpointFailed& failure) override { queue(failure); }

  void remark(const std::string& text) override { queue(wire::Remark{clipped(text)}); }

  void finished(const wire::Finished& result) override { queue(result); }

  void failed(const wire::Failed& failure) override {
    queue(wire::Failed{.code = failure.code,
                       .message = clipped(failure.message),
                       .hint = clipped(failure.hint),
                       .step = failure.step});
  }

  bool flush(const Deadline& deadline) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline.time(), [this] {
      return outbox_.empty() && !sending_ && untaken_.empty() && !phase_is_news_;
    });
  }

  bool stop_requested() const override { return stop_requested_.load(std::memory_order_acquire); }

  bool is_alone() const override { return is_alone_.load(std::memory_order_relaxed); }

 private:
  void queue(wire::Message message) {
    {
      const std::lock_guard lock(mutex_);
      if (said_last_word_) return;
      said_last_word_ = std::holds_alternative<wire::Finished>(message) ||
                        std::holds_alternative<wire::Failed>(message);
      if (said_last_word_) phase_is_news_ = false;
      outbox_.push(std::move(message));
    }
    asio::post(io_, [this] { send_next(); });
  }

  // --- The link's thread -----------------------------------------------------------------------

  void serve() {
    const auto work = asio::make_work_guard(io_);
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception& error) {
        log::error(concat("control talk: ", error.what()));
      }
    }
  }

  void connect_to_coordinator() {
    if (is_replaced_) return;
    try {
      // Where the coordinator is gone for good, or on a host that cannot be reached from here.
      const std::int64_t present = present_generation();
      if (present > options_.hello.generation) return be_replaced(present);
      const run::CoordinatorAddress address = run::read_address(run_);
      coordinator_ =
          concat("coordinator ", address.number, " at ", address.host, ":", address.port);
      if (address.number < newest_number_) {
        return try_again(concat(run_.coordinator().string(), " names ", coordinator_,
                                ", but number ", newest_number_, " was there already"));
      }
      newest_number_ = address.number;
      session_ = Session::start(
          io_, {.address = address, .secret = secret_, .hello = options_.hello},
          {.ready = [this] { on_ready(); },
           .sent = [this] { on_sent(); },
           .received = [this](const wire::Message& message) { on_received(message); },
           .ended = [this](const std::string& reason) { on_ended(reason); }});
    } catch (const std::exception& error) {
      try_again(error.what());
    }
  }

  /// 0 when that cannot be seen.
  std::int64_t present_generation() const {
    try {
      return checkpoint::present_generation(run_.checkpoints());
    } catch (const Error&) {
      return 0;
    }
  }

  void be_replaced(std::int64_t present) {
    if (std::exchange(is_replaced_, true)) return;
    const std::string why =
        concat("generation ", options_.hello.generation, " is over: the present one is ", present);
    log::warning(why);
    {
      const std::lock_guard lock(mutex_);
      why_not_ = why;
    }
    if (options_.replaced) options_.replaced(why);
  }

  void try_again(const std::string& reason) {
    if (is_replaced_) return;
    bool is_news = false;
    {
      const std::lock_guard lock(mutex_);
      is_news = reason != why_not_;
      why_not_ = reason;
    }
    if (is_news) log::warning(concat("no connection to the coordinator: ", reason));
    reconnect_timer_.expires_after(options_.reconnect * (1 << failures_));
    failures_ = std::min(failures_ + 1, kMostDoublings);
    reconnect_timer_.async_wait([this](error_code cancelled) {
      if (!cancelled) connect_to_coordinator();
    });
  }

  void on_ready() {
    ready_ = true;
    failures_ = 0;
    alone_timer_.cancel();
    is_alone_.store(false, std::memory_order_relaxed);
    std::int64_t dropped = 0;
    {
      const std::lock_guard lock(mutex_);
      has_connected_ = true;
      why_not_.clear();
      dropped = outbox_.dropped() - reported_dropped_;
      reported_dropped_ += dropped;
    }
    changed_.notify_all();
    log::info(concat("connected to ", coordinator_));
    if (dropped > 0) {
      log::warning(concat("while no coordinator was there, ", dropped,
                          " lines of metrics were given up: at most ", kMetricsKept, " are kept"));
    }
    heartbeat_due_ = true;
    send_next();
  }

  void on_sent() {
    {
      const std::lock_guard lock(mutex_);
      const bool is_heartbeat = std::holds_alternative<wire::Heartbeat>(*sending_);
      if (!is_heartbeat) untaken_.push_back(std::move(*sending_));
      sending_.reset();
      drop_taken();
    }
    changed_.notify_all();
    send_next();
  }

  void on_received(const wire::Message& message) {
    if (const auto* taken = std::get_if<wire::Taken>(&message)) {
      {
        const std::lock_guard lock(mutex_);
        confirmed_ = taken->messages;
        drop_taken();
      }
      return changed_.notify_all();
    }
    if (const auto* replaced = std::get_if<wire::Replaced>(&message)) {
      return be_replaced(replaced->generation);
    }
    const auto* stop = std::get_if<wire::Stop>(&message);
    if (stop == nullptr) {
      log::warning("the coordinator sent a message that is not for workers");
      return;
    }
    log::info(concat("the coordinator asks for a stop: ", stop->reason));
    stop_requested_.store(true, std::memory_order_release);
  }

  void on_ended(const std::string& reason) {
    const bool was_ready = std::exchange(ready_, false);
    session_.reset();
    bool is_over = false;
    {
      const std::lock_guard lock(mutex_);
      if (sending_) take_back(std::move(*sending_));
      sending_.reset();
      for (; !untaken_.empty(); untaken_.pop_back()) take_back(std::move(untaken_.back()));
      confirmed_ = dropped_as_taken_ = 0;
      is_over = said_last_word_ && outbox_.empty();
    }
    if (is_over) return;
    if (was_ready) count_as_alone_later();
    try_again(concat(coordinator_, ": ", reason));
  }

  /// Unless a coordinator answers before.
  void count_as_alone_later() {
    alone_timer_.expires_after(options_.alone);
    alone_timer_.async_wait([this](error_code cancelled) {
      if (!cancelled && !ready_) is_alone_.store(true, std::memory_order_relaxed);
    });
  }

  /// Needs mutex_. For a message that may not have been read when the connection ended.
  void take_back(wire::Message message) {
    if (std::holds_alternative<wire::Heartbeat>(message)) {
      phase_is_news_ = !said_last_word_;
    } else {
      outbox_.put_back(std::move(message));
    }
  }

  /// Needs mutex_. A confirmation may come before the news that its message has been sent.
  void drop_taken() {
    for (; dropped_as_taken_ < confirmed_ && !untaken_.empty(); ++dropped_as_taken_) {
      untaken_.pop_front();
    }
  }

  /// Every heartbeat interval, from the start.
  void beat() {
    heartbeat_due_ = true;
    send_next();
    heartbeat_timer_.expires_after(options_.heartbeat);
    heartbeat_timer_.async_wait([this](error_code cancelled) {
      if (!cancelled) beat();
    });
  }

  void send_next() {
    if (!ready_) return;
    std::string frame;
    {
      const std::lock_guard lock(mutex_);
      while (!sending_) {
        sending_ = next_message();
        if (!sending_) break;
        frame = frame_of(*sending_);
        if (frame.empty()) sending_.reset();
      }
    }
    if (!frame.empty()) return session_->send(std::move(frame));
    changed_.notify_all();  // The last message may have been given up.
  }

  /// Needs mutex_. A heartbeat says how things are now, so it need not wait behind older messages.
  std::optional<wire::Message> next_message() {
    const bool is_due = std::exchange(heartbeat_due_, false);
    const bool is_news = std::exchange(phase_is_news_, false);
    if ((is_due || is_news) && !said_last_word_) {
      return wire::Heartbeat{.phase = phase_.load(std::memory_order_relaxed),
                             .step = step_.load(std::memory_order_relaxed),
                             .operations = operations_.load(std::memory_order_relaxed)};
    }
    return outbox_.take();
  }

  /// Empty, and logged, when the message cannot be sent at all.
  static std::string frame_of(const wire::Message& message) {
    try {
      return wire::frame(wire::encode(message));
    } catch (const std::exception& error) {
      log::error(concat("a message to the coordinator is given up: ", error.what()));
      return {};
    }
  }

  const run::RunDirectory run_;
  const LinkOptions options_;
  const std::string secret_;

  std::atomic<wire::Phase> phase_{wire::Phase::starting};
  std::atomic<std::int64_t> step_{0};
  std::atomic<std::int64_t> operations_{0};
  std::atomic<bool> stop_requested_{false};
  std::atomic<bool> is_alone_{false};

  std::mutex mutex_;
  std::condition_variable changed_;       // Something that a caller may wait for, below.
  Outbox outbox_;                         // By mutex_, as all up to the blank line.
  std::optional<wire::Message> sending_;  // In the session's hands.
  std::deque<wire::Message> untaken_;     // Sent on this connection, not confirmed.
  std::int64_t confirmed_ = 0;            // Of this connection's messages;
  std::int64_t dropped_as_taken_ = 0;     // of those, removed from untaken_.
  bool said_last_word_ = false;           // Finished or Failed is queued: nothing comes after it.
  bool phase_is_news_ = false;            // No heartbeat has told of it yet.
  bool has_connected_ = false;            // At least once.
  std::string why_not_;                   // Of the last attempt; empty when it succeeded.
  std::int64_t reported_dropped_ = 0;

  asio::io_context io_{1};  // The rest: only on thread_.
  asio::steady_timer reconnect_timer_{io_};
  asio::steady_timer heartbeat_timer_{io_};
  asio::steady_timer alone_timer_{io_};  // Runs from the end of a connection.
  std::shared_ptr<Session> session_;
  std::string coordinator_;  // "coordinator 2 at 10.0.0.1:4711", the last one tried.
  std::int64_t newest_number_ = 0;
  int failures_ = 0;  // Since the last connection that was ready; at most kMostDoublings.
  bool is_replaced_ = false;
  bool ready_ = false;
  bool heartbeat_due_ = false;
  std::thread thread_;  // Runs io_.
};

}  // namespace

std::unique_ptr<Link> Link::connect(const run::RunDirectory& run, const LinkOptions& options,
                                    const Deadline& deadline) {
  auto link = std::make_unique<CoordinatorLink>(run, options);
  link->wait_until_connected(deadline);
  return link;
}

}  // namespace muster::worker
