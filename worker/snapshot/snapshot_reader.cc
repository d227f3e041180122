#include "worker/snapshot/snapshot_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <span>
#include <system_error>

#include "common/hash.h"
#include "common/text.h"
#include "worker/snapshot/snapshot_removal.h"

namespace muster::worker {
namespace {

/// False when there is less to read.
bool read_exactly(const FileDescriptor& file, std::size_t offset, void* to, std::size_t bytes) {
  auto* at = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t count = ::pread(file.get(), at, bytes, static_cast<off_t>(offset));
    if (count <= 0) return false;
    at += count;
    offset += static_cast<std::size_t>(count);
    bytes -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

SnapshotReader::SnapshotReader(const std::filesystem::path& folder, StateIdentity identity,
                               const StateView& state)
    : folder_(folder), state_(state) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".snapshot") paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) open_file(path, identity);
}

void SnapshotReader::open_file(const std::filesystem::path& path, StateIdentity identity) {
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!descriptor.is_open()) return;  // Removed meanwhile, or not ours.
  SnapshotHeader header;
  if (!read_exactly(descriptor, 0, &header, sizeof(header)) || header.magic != kSnapshotMagic) {
    complaints_.push_back(concat(path.string(), ": is not a snapshot, or is damaged"));
    return;
  }
  if (header.checksum != checksum_of(header)) {
    complaints_.push_back(concat(path.string(), ": its header is damaged"));
    return;
  }
  if (header.identity != identity) return;
  files_.push_back(
      {path, std::move(descriptor), header.blocks, SnapshotLayout(state_, header.blocks)});
  for (std::int64_t slot = 0; slot < kSnapshotSlots; ++slot) read_slot(files_.size() - 1, slot);
}

void SnapshotReader::read_slot(std::size_t index, std::int64_t number) {
  const File& file = files_[index];
  Slot slot{.file = index, .start = file.layout.slot(number), .step = 0, .note = {}, .hashes = {}};
  struct stat status {};
  if (::fstat(file.descriptor.get(), &status) == 0 &&
      slot.start >= static_cast<std::size_t>(status.st_size)) {
    return;  // Its writer has not come to it.
  }
  SlotRecord record;
  const bool has_record = read_exactly(file.descriptor, slot.start, &record, sizeof(record));
  if (has_record && record.step < 0) return;  // Empty, or its writer was killed.
  if (has_record && record.note_bytes <= kSnapshotNoteBytes) {
    slot.step = record.step;
    slot.note.resize(record.note_bytes);
    slot.hashes.resize(file.layout.hash_count());
    if (read_exactly(file.descriptor, slot.start + file.layout.note(), slot.note.data(),
                     slot.note.size()) &&
        read_exactly(file.descriptor, slot.start + file.layout.hashes(), slot.hashes.data(),
                     slot.hashes.size() * sizeof(std::uint64_t)) &&
        record.checksum == checksum_of(record, std::as_bytes(std::span(slot.note)).data(),
                                       slot.hashes.data(), slot.hashes.size())) {
      slots_.push_back(std::move(slot));
      return;
    }
  }
  complaints_.push_back(concat(file.path.string(), ": slot ", number, " is damaged"));
}

std::optional<std::int64_t> SnapshotReader::newest_step(std::int64_t bound) const {
  std::vector<std::int64_t> steps;
  for (const Slot& slot : slots_) {
    if (slot.step < bound) steps.push_back(slot.step);
  }
  std::sort(steps.rbegin(), steps.rend());
  for (const std::int64_t step : steps) {
    std::vector<BlockRange> ranges;
    for (const Slot& slot : slots_) {
      if (slot.step == step) ranges.push_back(files_[slot.file].blocks);
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const BlockRange& a, const BlockRange& b) { return a.begin < b.begin; });
    std::int64_t covered = 0;
    for (const BlockRange range : ranges) {
      if (range.begin <= covered) covered = std::max(covered, range.end);
    }
    if (covered == state_.blocks()) return step;
  }
  return std::nullopt;
}

bool SnapshotReader::load(std::int64_t step, BlockRange blocks) const {
  for (std::size_t column = 0; column < state_.columns.size(); ++column) {
    const BlockRange own = blocks_of(state_.columns[column], blocks);
    for (std::int64_t block = own.begin; block < own.end; ++block) {
      if (!load_block(step, column, block)) return false;
    }
  }
  return true;
}

bool SnapshotReader::load_block(std::int64_t step, std::size_t index, std::int64_t block) const {
  const StateColumn& column = state_.columns[index];
  const auto bytes = static_cast<std::size_t>(column.block_bytes);
  std::byte* const to = column.data + block * column.block_bytes;
  for (const Slot& slot : slots_) {
    const File& file = files_[slot.file];
    if (slot.step != step || block < file.blocks.begin || block >= file.blocks.end) continue;
    const auto place = static_cast<std::size_t>(block - blocks_of(column, file.blocks).begin);
    if (read_exactly(file.descriptor, slot.start + file.layout.column(index) + place * bytes, to,
                     bytes) &&
        xxh3_64(std::span(to, bytes)) == slot.hashes[file.layout.first_hash(index) + place]) {
      return true;
    }
    complaints_.push_back(
        concat(file.path.string(), ": block ", block, " of ", column.name, " is damaged"));
  }
  return false;
}

bool SnapshotReader::has_state_after(std::int64_t step, std::size_t file) const {
  return std::ranges::any_of(
      slots_, [&](const Slot& slot) { return slot.file == file && slot.step == step; });
}

void SnapshotReader::give_back(std::int64_t generation,
                               std::optional<std::int64_t> step) const noexcept {
  std::set<std::filesystem::path> kept;
  for (std::size_t index = 0; step && index < files_.size(); ++index) {
    if (!has_state_after(*step, index)) continue;
    const File& file = files_[index];
    kept.insert(file.path);
    if (generation_of(file.path).value_or(generation) >= generation) continue;
    for (std::int64_t number = 0; number < kSnapshotSlots; ++number) {
      const std::size_t start = file.layout.slot(number);
      const bool is_needed = std::ranges::any_of(slots_, [&](const Slot& slot) {
        return slot.file == index && slot.start == start && slot.step == *step;
      });
      if (!is_needed) empty_slot(file.path, start, file.layout.slot_bytes());
    }
  }
  remove_generations_before(generation, folder_, kept);
}

std::string SnapshotReader::note(std::int64_t step) const {
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const Slot& candidate) { return candidate.step == step; });
  return slot == slots_.end() ? std::string() : slot->note;
}

}  // namespace muster::worker
