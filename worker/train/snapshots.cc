#include "worker/train/snapshots.h"

#include <chrono>
#include <limits>
#include <system_error>

#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/text.h"
#include "worker/snapshot/snapshot_reader.h"
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

Snapshots::Restored Snapshots::restore() {
  const SnapshotReader reader(spec_.folder, identity_of(state_, spec_.config_hash), state_);
  Restored restored;
  std::int64_t bound = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const std::int64_t step =
        least(communicator_, reader.newest_step(bound).value_or(-1), "snapshot to load");
    if (step < 0) break;
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
  if (has_started_ && !writer_) return false;
  return pace_.is_due(steps, training_seconds);
}

void Snapshots::take(std::int64_t steps, const std::string& note) {
  const auto start_time = Clock::now();
  if (!has_started_) start();
  if (!writer_) return;
  if (pace_.count() == 1) remove_older_generations();
  writer_->write(steps, note);
  pace_.taken(std::chrono::duration<double>(Clock::now() - start_time).count());
}

void Snapshots::start() {
  has_started_ = true;
  try {
    writer_ = std::make_unique<SnapshotWriter>(
        spec_.folder,
        SnapshotOwner{.identity = identity_of(state_, spec_.config_hash),
                      .generation = spec_.generation,
                      .rank = communicator_.rank().index,
                      .blocks = blocks_},
        state_);
  } catch (const Error& error) {
    log::warning(concat(error.what(),
                        "; training goes on without snapshots: a restart will go on from the last "
                        "checkpoint (snapshot.dir names another folder, snapshot.enabled: false "
                        "does without)"));
  }
  if (all_agree(communicator_, writer_ != nullptr, "room for snapshots")) return;
  if (writer_) std::filesystem::remove(writer_->path());
  writer_.reset();
}

/// The first snapshot of this generation is whole by now on every rank: a step lies between.
void Snapshots::remove_older_generations() const {
  if (communicator_.nodes().local_rank != 0) return;
  const std::string present = concat("generation-", spec_.generation, ".");
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(spec_.folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().starts_with(present)) continue;
    std::error_code ignored;
    std::filesystem::remove(entry->path(), ignored);
  }
}

void Snapshots::step_completed(std::int64_t steps) {
  if (writer_) writer_->set_steps_completed(steps);
}

}  // namespace muster::worker
