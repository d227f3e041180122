#include "worker/snapshot/snapshot_file.h"

#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/hash.h"
#include "common/text.h"

namespace muster::worker {
namespace {

constexpr std::string_view kGenerationPrefix = "generation-";

/// Blocks begin on a cache line.
std::size_t aligned(std::size_t offset) { return (offset + 63) / 64 * 64; }

}  // namespace

SnapshotLayout::SnapshotLayout(const StateView& state, BlockRange blocks) {
  for (const StateColumn& column : state.columns) {
    first_hash_.push_back(hash_count_);
    hash_count_ += static_cast<std::size_t>(blocks_of(column, blocks).size());
  }
  std::size_t offset = aligned(hashes() + hash_count_ * sizeof(std::uint64_t));
  for (const StateColumn& column : state.columns) {
    columns_.push_back(offset);
    offset += static_cast<std::size_t>(blocks_of(column, blocks).size() * column.block_bytes);
    offset = aligned(offset);
  }
  slot_bytes_ = offset;
}

StateIdentity identity_of(const StateView& state, const std::string& config_hash) {
  std::string text = config_hash;
  for (const StateColumn& column : state.columns) {
    text += concat("\n", column.name, " ", column.blocks, " ", column.block_bytes);
  }
  return xxh3_64(std::as_bytes(std::span(text)));
}

std::uint64_t checksum_of(const SnapshotHeader& header) {
  return xxh3_64(std::as_bytes(std::span(&header, 1)).first(offsetof(SnapshotHeader, checksum)));
}

std::uint64_t checksum_of(const SlotRecord& record, const std::byte* note,
                          const std::uint64_t* hashes, std::size_t count) {
  const std::uint64_t parts[] = {static_cast<std::uint64_t>(record.step), record.note_bytes,
                                 xxh3_64(std::span(note, record.note_bytes)),
                                 xxh3_64(std::as_bytes(std::span(hashes, count)))};
  return xxh3_64(std::as_bytes(std::span(parts)));
}

std::filesystem::path snapshot_file(const std::filesystem::path& folder, std::int64_t generation,
                                    std::int64_t rank) {
  return folder / concat(kGenerationPrefix, generation, ".rank-", rank, ".snapshot");
}

std::optional<std::int64_t> generation_of(const std::filesystem::path& snapshot) {
  const std::string name = snapshot.filename().string();
  if (!name.starts_with(kGenerationPrefix) || !name.ends_with(".snapshot")) return std::nullopt;
  std::int64_t generation = 0;
  const char* const number = name.data() + kGenerationPrefix.size();
  const auto [end, error] = std::from_chars(number, name.data() + name.size(), generation);
  if (error != std::errc() || *end != '.') return std::nullopt;
  return generation;
}

}  // namespace muster::worker
