// Sleeping until a word in memory changes, also across processes (futex(2), not process-private).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace muster::comm {

/// Sleeps while `word` is `expected`, for `longest` at most. May return early without a reason.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::chrono::nanoseconds longest);

/// Wakes everyone who sleeps on `word`.
void futex_wake_all(const std::atomic<std::uint32_t>& word);

/// Tells the processor that this is a spinning loop.
inline void spin_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace muster::comm
