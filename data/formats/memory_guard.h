// What to say when the memory does not suffice for a file.
#pragma once

#include <filesystem>
#include <new>
#include <stdexcept>

namespace muster::data {

/// Throws Error{unsupported} that says so of the file.
[[noreturn]] void refuse_for_memory(const std::filesystem::path& path);

/// The result of `read`, which reads that file. Throws what it throws, and refuse_for_memory() when
/// memory runs out or something larger than any memory is asked for.
template <class Read>
auto with_memory_for(const std::filesystem::path& path, Read read) {
  try {
    return read();
  } catch (const std::bad_alloc&) {
    refuse_for_memory(path);
  } catch (const std::length_error&) {
    refuse_for_memory(path);
  }
}

}  // namespace muster::data
