#include "worker/train/together.h"

#include <atomic>
#include <cstdint>
#include <future>

#include "worker/train/agreement.h"

namespace muster::worker {

void work_together(comm::Communicator& communicator, const LongWork& work,
                   const std::function<void()>& alive, std::chrono::milliseconds interval) {
  std::atomic<std::int64_t> pieces = 0;
  std::future<void> working;
  if (work) {
    working = std::async(std::launch::async, [&] { work([&pieces] { ++pieces; }); });
  }
  std::int64_t pieces_told = 0;
  for (bool is_over = false; !is_over;) {
    while (working.valid()) {
      if (working.wait_for(interval) == std::future_status::ready) {
        working.get();
      } else if (const std::int64_t done = pieces; done != pieces_told) {
        pieces_told = done;
        break;
      }
    }
    is_over = all_agree(communicator, !working.valid(), "work that others wait for");
    alive();
  }
}

}  // namespace muster::worker
