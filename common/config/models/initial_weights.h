// Where a model's first weights come from. Every model has these keys (shared_keys.h).
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::config {

inline constexpr std::size_t kSha256Digits = 64;

struct InitialWeights {
  std::optional<std::filesystem::path> file;  // Empty: random weights, from the seed.
  /// Of `file`, 64 lower-case hexadecimal digits: what decides the bits. Empty until the file has
  /// been looked at (checkpoint/initial_weights.h).
  std::optional<std::string> sha256;
  std::vector<std::string> fresh;  // Patterns as of fnmatch(3): these stay random.

  bool operator==(const InitialWeights&) const = default;
};

}  // namespace muster::config
