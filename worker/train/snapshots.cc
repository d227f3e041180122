#include "worker/train/snapshots.h"

#include <chrono>
#include <limits>

#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/text.h"
#include "worker/snapshot/snapshot_removal.h"
#include "worker/train/agreement.h"

namespace muster::worker {
namespace {

// Of a first copy, which also makes room: a guess, before there is a measured one.
constexpr double kBytesPerSecond = 1e9;

}  // namespace

Snapshots::Snapshots(comm::Communicator& communicator, const Arena& arena, BlockRange blocks,
                     SnapshotSpec spec)
    : communicator_(communicator),
      state_(state_view(arena)),
      blocks_(blocks),
      spec_(std::move(spec)),
      pace_(spec_.interval, static_cast<double>(bytes_of(state_, blocks)) / kBytesPerSecond) {}

SnapshotReader Snapshots::reader() const {
  return {spec_.folder, identity_of(state_, spec_.config_hash), state_};
}

Snapshots::Restored Snapshots::restore(std::int64_t at_least) {
  const SnapshotReader reader = this->reader();
  Restored restored;
  std::int64_t bound = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const std::int64_t step =
        least(communicator_, reader.newest_step(bound).value_or(-1), "snapshot to load");
    if (step < at_least) break;
    const bool is_loaded = reader.load(step, blocks_);
    if (all_agree(communicator_, is_loaded, "snapshot loaded")) {
      restored.note = reader.note(step);
      break;
    }
    restored.arena_is_spoilt = true;
    bound = step;
  }
  for (const std::string& complaint : reader.complaints()) log::warning(complaint);
  return restored;
}

bool Snapshots::is_due(std::int64_t steps, double training_seconds) const {
  return has_room_ && pace_.is_due(steps, training_seconds);
}

void Snapshots::take(std::int64_t steps, const std::string& note) {
  const auto start_time = Clock::now();
  if (pace_.count() < kSnapshotSlots && !make_room()) return;
  writer_->write(steps, note);
  pace_.taken(std::chrono::duration<double>(Clock::now() - start_time).count());
}

/// For one more slot. What is there stays, and counts as long as no checkpoint is newer.
bool Snapshots::make_room() {
  bool is_made = false;
  try {
    if (!writer_) {
      writer_ = std::make_unique<SnapshotWriter>(
          spec_.folder,
          SnapshotOwner{.identity = identity_of(state_, spec_.config_hash),
                        .generation = spec_.generation,
                        .rank = communicator_.rank().index,
                        .blocks = blocks_},
          state_);
    }
    writer_->make_room();
    is_made = true;
  } catch (const Error& error) {
    log::warning(concat(error.what(),
                        "; training goes on without snapshots: a restart will go on from the last "
                        "checkpoint (snapshot.dir names another folder, snapshot.enabled: false "
                        "does without)"));
  }
  has_room_ = all_agree(communicator_, is_made, "room for snapshots");
  if (!has_room_ && writer_ && pace_.count() == 0) {
    std::filesystem::remove(writer_->path());
    writer_.reset();
  }
  return has_room_;
}

void Snapshots::go_on_after(std::optional<std::int64_t> step) const {
  if (communicator_.nodes().local_rank == 0) reader().give_back(spec_.generation, step);
}

/// The first snapshot of this generation is whole on every rank once a step lies behind it.
void Snapshots::step_completed() {
  if (has_replaced_older_ || pace_.count() == 0) return;
  has_replaced_older_ = true;
  if (communicator_.nodes().local_rank != 0) return;
  remove_generations_before(spec_.generation, spec_.folder);
}

}  // namespace muster::worker
