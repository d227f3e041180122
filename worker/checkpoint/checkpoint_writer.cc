#include "worker/checkpoint/checkpoint_writer.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster::worker {
namespace {

constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kStateFile = "state.json";
constexpr const char* kManifestFile = "MANIFEST.json";

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// What MANIFEST.json says of one file.
struct FileEntry {
  std::uint64_t bytes = 0;
  std::string xxh3;

  bool operator==(const FileEntry&) const = default;
};

using Manifest = std::map<std::string, FileEntry>;

FileEntry entry_of(std::span<const std::byte> contents) {
  Xxh3 hash;
  hash.update(contents);
  return {.bytes = contents.size(), .xxh3 = hash.hex()};
}

std::string manifest_text(const Manifest& manifest) {
  nlohmann::json files = nlohmann::json::object();
  for (const auto& [name, entry] : manifest) {
    files[name] = {{"bytes", entry.bytes}, {"xxh3", entry.xxh3}};
  }
  return nlohmann::json{{"schema", 1}, {"files", files}}.dump(2) + "\n";
}

std::string state_text(const CheckpointState& state) {
  return nlohmann::json{{"schema", 1},
                        {"step", state.step},
                        {"total_steps", state.total_steps},
                        {"epoch", state.epoch},
                        {"position", state.position},
                        {"samples_seen", state.samples_seen},
                        {"lanes", state.lanes},
                        {"seed", state.seed},
                        {"config_hash", state.config_hash},
                        {"version", state.version}}
             .dump(2) +
         "\n";
}

[[noreturn]] void refuse(const std::filesystem::path& checkpoint, const std::string& what) {
  throw Error(ErrorCode::corrupt, concat(checkpoint.string(), ": ", what),
              "it is left as it is; move it away if it should be written anew");
}

/// The manifest of a checkpoint on disk. Throws Error{corrupt} when there is none, or no good one.
Manifest read_manifest(const std::filesystem::path& checkpoint) {
  try {
    const auto json = nlohmann::json::parse(read_file(checkpoint / kManifestFile));
    Manifest manifest;
    for (const auto& [name, entry] : json.at("files").items()) {
      manifest[name] = {.bytes = entry.at("bytes").get<std::uint64_t>(),
                        .xxh3 = entry.at("xxh3").get<std::string>()};
    }
    return manifest;
  } catch (const nlohmann::json::exception&) {
    refuse(checkpoint, concat(kManifestFile, " is not a checkpoint's manifest"));
  } catch (const Error& error) {
    refuse(checkpoint,
           concat("a checkpoint without a readable ", kManifestFile, ": ", error.what()));
  }
}

bool is_there(const std::filesystem::path& path) {
  std::error_code failure;  // Unreadable counts as absent: writing there then says why.
  return std::filesystem::exists(path, failure);
}

bool is_whole(const std::filesystem::path& file, const FileEntry& entry) {
  std::error_code failure;
  const auto bytes = std::filesystem::file_size(file, failure);
  return !failure && bytes == entry.bytes && xxh3_of_file(file.string()) == entry.xxh3;
}

/// What state.json says of the training; which version of Muster wrote it does not matter.
nlohmann::json without_version(const std::string& text) {
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) json.erase("version");
  return json;
}

/// A checkpoint on disk is accepted in place of ours only when its files are whole and say the
/// same.
void require_same(const std::filesystem::path& checkpoint, const Manifest& ours,
                  const std::string& our_state) {
  const Manifest theirs = read_manifest(checkpoint);
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (!std::ranges::equal(theirs, ours, same_name)) {
    refuse(checkpoint, "exists already, made of other files");
  }
  for (const auto& [name, entry] : theirs) {
    if (!is_whole(checkpoint / name, entry)) {
      refuse(checkpoint,
             concat(name, " is damaged: it is not the file that ", kManifestFile, " describes"));
    }
  }
  if (theirs.at(kModelFile) != ours.at(kModelFile)) {
    refuse(checkpoint, "exists already, with other weights");
  }
  if (without_version(read_file(checkpoint / kStateFile)) != without_version(our_state)) {
    refuse(checkpoint, concat("exists already, with another ", kStateFile));
  }
  // Who made it may have died between the rename and this.
  fsync_path(checkpoint.parent_path());
}

}  // namespace

PublishedCheckpoint write_checkpoint(const run::RunDirectory& run, std::int64_t generation,
                                     const CheckpointState& state,
                                     std::vector<TensorView> tensors) {
  const std::vector<std::byte> model = encode_safetensors(std::move(tensors));
  const std::string state_json = state_text(state);
  const Manifest manifest = {{kModelFile, entry_of(model)},
                             {kStateFile, entry_of(bytes_of(state_json))}};
  const std::filesystem::path final_path = run.checkpoint(state.step);
  Sha256 sha256;
  sha256.update(model);
  const PublishedCheckpoint published{.path = final_path.string(), .model_sha256 = sha256.hex()};

  if (!is_there(final_path)) {
    StagedFolder folder(final_path.parent_path() /
                        concat(".tmp-", generation, "-", final_path.filename().string()));
    folder.write(kModelFile, model);
    folder.write(kStateFile, bytes_of(state_json));
    folder.write(kManifestFile, bytes_of(manifest_text(manifest)));
    try {
      folder.publish(final_path);
      return published;
    } catch (const Error&) {
      // Another generation may have been faster. If the temporary folder is gone, it was not that:
      // our own rename worked and making it durable did not.
      if (!is_there(final_path) || !is_there(folder.path())) throw;
    }
  }
  require_same(final_path, manifest, state_json);
  return published;
}

}  // namespace muster::worker
