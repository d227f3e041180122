#include "data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

// `mutex_` guards everything below it. The reader waits for `room_`, the consumer for `news_`; the
// data set is read without the mutex.
class Loader::Impl {
 public:
  Impl(const Dataset& dataset, const Partition& partition, const LoaderOptions& options)
      : dataset_(dataset), partition_(partition), options_(options) {
    MUSTER_ASSERT(dataset.size() == partition.spec().samples, "a partition of another data set");
    MUSTER_ASSERT(options.lanes.begin >= 0 && options.lanes.size() >= 1 &&
                      options.lanes.end <= partition.spec().lanes,
                  "lanes outside the partition");
    MUSTER_ASSERT(options.first_step >= 0, "a negative step");
    MUSTER_ASSERT(options.micro_batch >= 0, "a negative micro batch");
    MUSTER_ASSERT(options.batches_ahead >= 1, "a queue without room");
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_one();
    thread_.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  LoadedBatch next(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    const auto has_news = [this] { return !queue_.empty() || ended_; };
    if (!has_news()) {
      const auto start = Clock::now();
      const bool in_time = news_.wait_until(lock, deadline.time(), has_news);
      waited_ += Clock::now() - start;
      if (!in_time) {
        throw Error(ErrorCode::timeout,
                    "no batch was read in time: the storage of the data is slow or stuck");
      }
    }
    if (queue_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      throw Error(ErrorCode::aborted, concat("there is no batch left of steps ",
                                             options_.first_step, " to ", options_.end_step - 1));
    }
    LoadedBatch batch = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    room_.notify_one();
    return batch;
  }

  double seconds_waited() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration<double>(waited_).count();
  }

 private:
  /// The thread. What reading throws is kept for the consumer, behind the batches before it.
  void run() {
    std::exception_ptr failure;
    try {
      read_steps();
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      failure_ = failure;
      ended_ = true;
    }
    news_.notify_one();
  }

  void read_steps() {
    for (std::int64_t step = options_.first_step; step < options_.end_step; ++step) {
      for (std::int64_t lane = options_.lanes.begin; lane < options_.lanes.end; ++lane) {
        if (!read_lane(step, lane)) return;
      }
    }
  }

  /// False when the loader is being destroyed.
  bool read_lane(std::int64_t step, std::int64_t lane) {
    const std::vector<std::int64_t> samples = partition_.samples(step, lane);
    const std::size_t micro = options_.micro_batch == 0
                                  ? std::max<std::size_t>(samples.size(), 1)
                                  : static_cast<std::size_t>(options_.micro_batch);
    std::span<const std::int64_t> left(samples);
    bool last = false;
    while (!last) {
      if (!wait_for_room()) return false;
      const auto part = left.first(std::min(micro, left.size()));
      left = left.subspan(part.size());
      last = left.empty();
      put({.step = step,
           .lane = lane,
           .last_of_lane = last,
           .samples = {part.begin(), part.end()},
           .batch = dataset_.read(part)});
    }
    return true;
  }

  /// False when the loader is being destroyed.
  bool wait_for_room() {
    const auto capacity = static_cast<std::size_t>(options_.batches_ahead);
    std::unique_lock lock(mutex_);
    // No deadline: the consumer may take as long as it likes, and the destructor ends this wait.
    room_.wait(lock, [&] { return stopping_ || queue_.size() < capacity; });
    return !stopping_;
  }

  void put(LoadedBatch batch) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(batch));
    }
    news_.notify_one();
  }

  const Dataset& dataset_;
  const Partition& partition_;
  const LoaderOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable news_;
  std::deque<LoadedBatch> queue_;
  std::exception_ptr failure_;
  bool ended_ = false;     // The thread puts nothing more into the queue.
  bool stopping_ = false;  // The loader is being destroyed.
  Clock::duration waited_ = Clock::duration::zero();

  std::thread thread_;  // Last: started when everything above is there.
};

Loader::Loader(const Dataset& dataset, const Partition& partition, const LoaderOptions& options)
    : impl_(std::make_unique<Impl>(dataset, partition, options)) {}

Loader::~Loader() = default;

LoadedBatch Loader::next(const Deadline& deadline) { return impl_->next(deadline); }

double Loader::seconds_waited() const { return impl_->seconds_waited(); }

}  // namespace muster::data
