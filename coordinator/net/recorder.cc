#include "coordinator/net/recorder.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/run/metrics_reader.h"
#include "common/run/metrics_record.h"
#include "common/text.h"

namespace muster::coordinator {
namespace {

constexpr auto kGlance = std::chrono::seconds(1);  // A successor is noticed within.
constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kLongestEnd = std::chrono::seconds(5);
constexpr std::size_t kLinesKept = 10'000;

struct QueuedMetrics {
  wire::MetricsLine line;
  Generation generation = 0;
};

/// What is to be written.
struct Orders {
  std::vector<nlohmann::json> lines;
  std::optional<LedgerRecord> ledger;
  std::vector<QueuedMetrics> metrics;

  bool are_empty() const { return lines.empty() && !ledger && metrics.empty(); }
};

/// metrics.jsonl as it ends: steps come in order within a generation.
class MetricsFilter {
 public:
  explicit MetricsFilter(const run::LastMetrics& last) : generation_(last.generation) {
    if (last.training) trained_ = last.training->step;
    if (last.evaluation) evaluated_ = last.evaluation->step;
  }

  bool is_new(const QueuedMetrics& metrics) {
    if (metrics.generation != generation_) {
      generation_ = metrics.generation;
      trained_ = evaluated_ = -1;
    }
    const auto& values = metrics.line.values;
    const auto first = values.lower_bound("eval/");
    const bool is_evaluation = first != values.end() && first->first.starts_with("eval/");
    std::int64_t& last = is_evaluation ? evaluated_ : trained_;
    if (metrics.line.step <= last) return false;
    last = metrics.line.step;
    return true;
  }

 private:
  Generation generation_ = 0;
  std::int64_t trained_ = -1;    // Step of the last line of training;
  std::int64_t evaluated_ = -1;  // of evaluation.
};

}  // namespace

/// The thread keeps it alive too: when a disk hangs, it outlives the Recorder.
struct Recorder::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Orders orders;  // By mutex, as all up to the blank line.
  Ticket queued = 0;
  News news;
  std::uint64_t flushes_wanted = 0;
  std::uint64_t flushes_done = 0;
  bool is_ending = false;
  bool has_ended = false;

  FileDescriptor event;  // Not changed after the start.
  std::thread thread;
};

/// What the thread does. Only it uses the members.
class Recorder::Writer {
 public:
  Writer(const run::RunDirectory& run, std::int64_t number)
      : run_(run),
        number_(number),
        journal_(run.journal_of(number).string()),
        metrics_(run),
        filter_(run::read_last_metrics(run.metrics().string())) {}

  void serve(Shared& shared) {
    std::unique_lock lock(shared.mutex);
    while (!shared.is_ending || !shared.orders.are_empty()) {
      shared.changed.wait_for(lock, kGlance, [&] {
        return shared.is_ending || !shared.orders.are_empty() ||
               shared.flushes_wanted > shared.flushes_done;
      });
      const Orders orders = std::exchange(shared.orders, {});
      const Ticket ticket = shared.queued;
      const std::uint64_t flush = shared.flushes_wanted;
      const bool is_urgent = flush > shared.flushes_done || shared.is_ending;
      lock.unlock();
      if (!orders.metrics.empty() || Clock::now() >= next_glance_) look_for_successor();
      append(orders.metrics);
      keep(orders, is_urgent);
      if (is_urgent) look_for_successor();
      lock.lock();
      publish(shared, ticket);
      shared.flushes_done = flush;
      shared.changed.notify_all();
    }
    shared.has_ended = true;
    shared.changed.notify_all();
  }

 private:
  void look_for_successor() {
    next_glance_ = Clock::now() + kGlance;
    try {
      is_superseded_ = is_superseded_ || run::is_superseded(run_, number_);
      is_blind_ = false;
    } catch (const std::exception& error) {
      if (!is_blind_) {
        log::warning(concat(error.what(), "; the run goes on, and this is tried every second"));
      }
      is_blind_ = true;
    }
  }

  void append(const std::vector<QueuedMetrics>& queued) {
    for (const QueuedMetrics& metrics : queued) {
      if (is_superseded_) return;
      try {
        if (filter_.is_new(metrics)) metrics_.append(metrics.line, metrics.generation);
      } catch (const std::exception& error) {
        // A full disk does not end a training.
        log::error(error.what());
        if (!metrics_are_lost_) {
          problems_.push_back(concat("metrics are being lost: ", error.what()));
        }
        metrics_are_lost_ = true;
      }
    }
  }

  void keep(const Orders& orders, bool is_urgent) {
    for (const nlohmann::json& line : orders.lines) lines_.push_back(run::journal_line(line));
    while (lines_.size() > kLinesKept) lines_.pop_front();
    if (orders.ledger) ledger_ = orders.ledger;
    if (is_kept() || (Clock::now() < next_try_ && !is_urgent)) return;
    try {
      write();
      if (has_failed_) log::info("the journal is being written again");
      has_failed_ = false;
      next_try_ = {};
    } catch (const std::exception& error) {
      next_try_ = Clock::now() + kRetry;
      if (!has_failed_) {
        const std::string text = concat("the journal cannot be written: ", error.what(),
                                        "; the run goes on, and this is tried every second");
        log::error(text);
        problems_.push_back(text);
      }
      has_failed_ = true;
    }
  }

  bool is_kept() const { return lines_.empty() && !ledger_; }

  /// The ledger first: another coordinator needs it.
  void write() {
    if (ledger_) write_ledger(run_, *ledger_);
    ledger_.reset();
    if (lines_.empty()) return;
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    journal_.append(text);
    lines_.clear();
  }

  /// Needs the mutex.
  void publish(Shared& shared, Ticket ticket) {
    // Beside a successor metrics are not written: it is to get them from the worker.
    const bool is_kept_now = is_kept() && !is_superseded_ && shared.news.kept != ticket;
    const bool is_news =
        is_kept_now || is_superseded_ != shared.news.is_superseded || !problems_.empty();
    if (is_kept_now) shared.news.kept = ticket;
    shared.news.is_superseded = is_superseded_;
    for (std::string& problem : problems_) shared.news.problems.push_back(std::move(problem));
    problems_.clear();
    if (is_news) ::eventfd_write(shared.event.get(), 1);
  }

  const run::RunDirectory run_;
  const std::int64_t number_;
  run::Journal journal_;
  run::MetricsRecord metrics_;
  MetricsFilter filter_;
  std::deque<std::string> lines_;       // Not on the disk yet,
  std::optional<LedgerRecord> ledger_;  // nor this.
  std::vector<std::string> problems_;   // Not told yet.
  Clock::time_point next_glance_{};
  Clock::time_point next_try_{};
  bool is_superseded_ = false;
  bool is_blind_ = false;          // The last look failed, which has been said.
  bool has_failed_ = false;        // The last try did, which has been said.
  bool metrics_are_lost_ = false;  // Has been said.
};

Recorder::Recorder(const run::RunDirectory& run, std::int64_t number)
    : shared_(std::make_shared<Shared>()) {
  shared_->event = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!shared_->event.is_open()) {
    throw Error(ErrorCode::unavailable, concat("cannot make an eventfd: ", errno_text(errno)));
  }
  auto writer = std::make_unique<Writer>(run, number);
  shared_->thread =
      std::thread([shared = shared_, writer = std::move(writer)] { writer->serve(*shared); });
}

Recorder::~Recorder() {
  std::unique_lock lock(shared_->mutex);
  shared_->is_ending = true;
  shared_->changed.notify_all();
  const bool ended =
      shared_->changed.wait_for(lock, kLongestEnd, [this] { return shared_->has_ended; });
  lock.unlock();
  if (ended) {
    shared_->thread.join();
  } else {
    log::warning("the disk of the run does not answer; its journal may lack its end");
    shared_->thread.detach();
  }
}

void Recorder::journal(nlohmann::json line) {
  const std::lock_guard lock(shared_->mutex);
  shared_->orders.lines.push_back(std::move(line));
  ++shared_->queued;
  shared_->changed.notify_all();
}

void Recorder::ledger(LedgerRecord record) {
  const std::lock_guard lock(shared_->mutex);
  shared_->orders.ledger = std::move(record);
  ++shared_->queued;
  shared_->changed.notify_all();
}

void Recorder::metrics(wire::MetricsLine line, Generation generation) {
  const std::lock_guard lock(shared_->mutex);
  shared_->orders.metrics.push_back({std::move(line), generation});
  ++shared_->queued;
  shared_->changed.notify_all();
}

Recorder::Ticket Recorder::ticket() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->queued;
}

Recorder::News Recorder::news() {
  eventfd_t ignored = 0;
  ::eventfd_read(shared_->event.get(), &ignored);
  const std::lock_guard lock(shared_->mutex);
  News news = shared_->news;
  shared_->news.problems.clear();
  return news;
}

int Recorder::readable() const { return shared_->event.get(); }

bool Recorder::flush(Clock::duration patience) {
  std::unique_lock lock(shared_->mutex);
  const std::uint64_t wanted = ++shared_->flushes_wanted;
  const Ticket ticket = shared_->queued;
  shared_->changed.notify_all();
  return shared_->changed.wait_for(lock, patience, [&] {
    return shared_->flushes_done >= wanted;
  }) && shared_->news.kept >= ticket;
}

}  // namespace muster::coordinator
