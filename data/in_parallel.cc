#include "data/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace muster::data {
namespace {

constexpr std::size_t kThreadsMax = 8;

class Work {
 public:
  Work(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  /// In each thread.
  void run() {
    while (!failed_) {
      const std::size_t index = next_++;
      if (index >= count_) return;
      try {
        work_(index);
      } catch (...) {
        note_failure(index);
      }
    }
  }

  /// After all threads. Every index below the least one that failed was begun, so which one that is
  /// does not depend on the threads.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void note_failure(std::size_t index) {
    const std::lock_guard lock(mutex_);
    if (!failure_ || index < failed_index_) {
      failure_ = std::current_exception();
      failed_index_ = index;
    }
    failed_ = true;
  }

  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;  // Under mutex_, as the next.
  std::size_t failed_index_ = 0;
};

}  // namespace

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  Work shared(count, work);
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t wanted = std::min({count, cores, kThreadsMax});
  std::vector<std::thread> threads;
  threads.reserve(wanted);
  try {
    while (threads.size() + 1 < wanted) threads.emplace_back([&shared] { shared.run(); });
  } catch (const std::system_error&) {
    // A limit on threads: with those that there are it takes longer.
  }
  shared.run();
  for (std::thread& thread : threads) thread.join();
  shared.rethrow();
}

}  // namespace muster::data
