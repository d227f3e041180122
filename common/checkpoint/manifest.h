// MANIFEST.json of a checkpoint: bytes and XXH3-128 of every other file in it, and of itself, so
// that no bit of a checkpoint can change without a file to name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace muster::checkpoint {

inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kOptimizerFile = "optimizer.safetensors";
inline constexpr const char* kStateFile = "state.json";
inline constexpr const char* kManifestFile = "MANIFEST.json";

/// What the manifest says of one file.
struct FileEntry {
  std::uint64_t bytes = 0;
  std::string xxh3;

  bool operator==(const FileEntry&) const = default;
};

using Manifest = std::map<std::string, FileEntry>;  // By name.

/// Its last key, "xxh3", is the hash of all text before it.
std::string manifest_text(const Manifest& manifest);

/// Throws Error{corrupt} for any other text than manifest_text makes, and for a manifest without
/// model and state; Error{unsupported} for one of a later version. The caller adds the file.
Manifest parse_manifest(const std::string& text);

}  // namespace muster::checkpoint
