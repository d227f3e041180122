// The end of a log, for a person who needs to know why something died.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::coordinator {

/// The last `count` lines of a file: of its last 64 KiB, each cut at 400 bytes, control characters
/// (which could steer a terminal) replaced by '?'. Empty when the file is missing or empty. Never
/// throws for files.
std::vector<std::string> last_lines(const std::filesystem::path& path, std::size_t count);

/// At most the last `bytes` of a file; empty when it cannot be read.
std::string last_bytes(const std::filesystem::path& path, std::size_t bytes);

}  // namespace muster::coordinator
