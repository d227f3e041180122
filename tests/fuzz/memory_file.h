// A file that never touches a disk, for readers that want a path.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "common/file_descriptor.h"

namespace muster::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> contents)
      : file_(memfd_create("muster-fuzz", MFD_CLOEXEC)) {
    const ssize_t written = write(file_.get(), contents.data(), contents.size());
    if (written != static_cast<ssize_t>(contents.size())) std::abort();
  }

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  FileDescriptor file_;
};

}  // namespace muster::fuzz
