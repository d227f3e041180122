#include "worker/train/checkpoints.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>

#include "common/checkpoint/generation.h"
#include "common/deadline.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "worker/train/agreement.h"
#include "worker/train/checkpoint_tensors.h"
#include "worker/train/together.h"

namespace muster::worker {
namespace {

// For a write that is nearly done. Longer, the storage is slower than the interval.
constexpr auto kPatience = std::chrono::seconds(1);

constexpr auto kSignOfLife = std::chrono::seconds(1);

// In place of the step that was loaded.
constexpr std::int64_t kNoneStored = -1;

/// The same columns, one after the other in `memory`.
StateView laid_out_in(std::byte* memory, StateView state) {
  for (StateColumn& column : state.columns) {
    column.data = memory;
    memory += column.blocks * column.block_bytes;
  }
  return state;
}

/// "1.9 ms"
std::string milliseconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1e3);
  return text.data();
}

}  // namespace

Checkpoints::Checkpoints(comm::Communicator& communicator, const Arena& arena, BlockRange blocks,
                         CheckpointSpec spec)
    : communicator_(communicator),
      arena_(arena),
      state_(state_view(arena)),
      blocks_(blocks),
      spec_(std::move(spec)),
      keeper_(std::make_shared<checkpoint::Keeper>(
          spec_.folder,
          checkpoint::Retention{.keep = spec_.options.keep, .best = spec_.options.best})) {}

std::optional<std::int64_t> Checkpoints::take_over() {
  std::int64_t newest = kNoneStored;
  if (communicator_.rank().index == 0) {
    checkpoint::claim_folder(spec_.folder, spec_.generation);
    const auto stored = checkpoint::list(spec_.folder);
    if (!stored.empty()) newest = stored.back().step;
  }
  newest = of_first_rank(communicator_, newest, "newest checkpoint");
  return newest == kNoneStored ? std::nullopt : std::optional(newest);
}

Checkpoints::Restored Checkpoints::restore(const checkpoint::CheckpointState& own,
                                           const std::function<void()>& alive) {
  Restored restored;
  std::int64_t step = kNoneStored;
  std::string state;
  const bool is_first = communicator_.rank().index == 0;
  const auto load_newest = [&](const std::function<void()>& progressed) {
    const auto newest = newest_whole(into_arena(arena_, own, progressed), restored.passed_over);
    if (!newest) return;
    step = newest->state.step;
    state = checkpoint::state_text(newest->state);
  };
  work_together(communicator_, is_first ? LongWork(load_newest) : LongWork(), alive);
  step = of_first_rank(communicator_, step, "checkpoint to load");
  if (step == kNoneStored) {
    restored.none_whole =
        text_of_first_rank(communicator_, join(restored.passed_over, "\n"), "damaged checkpoints");
    return restored;
  }
  // What rank 0 has compared with its hash, not what another node finds in the file.
  restored.state =
      checkpoint::parse_state(text_of_first_rank(communicator_, state, "state to go on from"));
  const auto load_same = [&](const std::function<void()>& progressed) {
    load_as_first_rank(run::checkpoint_name(step), into_arena(arena_, own, progressed));
  };
  const bool loads = !is_first && communicator_.nodes().local_rank == 0;
  work_together(communicator_, loads ? LongWork(load_same) : LongWork(), alive);
  return restored;
}

std::optional<checkpoint::LoadedCheckpoint> Checkpoints::newest_whole(
    const checkpoint::Receiver& receiver, std::vector<std::string>& passed_over) const {
  const auto on_damaged = [&](const checkpoint::StoredCheckpoint& stored,
                              const std::vector<checkpoint::Damage>& damages) {
    passed_over.push_back(concat(
        stored.path.string(), " is damaged and is passed over: ", checkpoint::in_words(damages)));
  };
  return checkpoint::load_newest_valid(spec_.folder, receiver, on_damaged);
}

/// That it is whole is known: who finds something else has not seen it yet, or not as it is.
void Checkpoints::load_as_first_rank(const std::string& name,
                                     const checkpoint::Receiver& receiver) const {
  try {
    checkpoint::load(spec_.folder / name, receiver);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    throw Error(ErrorCode::storage,
                concat("worker 0 has loaded it, but on ", host_name(), " ", error.what()));
  }
}

void Checkpoints::save(const checkpoint::CheckpointState& state) {
  const auto start = Clock::now();
  const bool writes = communicator_.rank().index == 0;
  const bool is_possible =
      of_first_rank(communicator_, !writes || becomes_free(), "checkpoint writer") != 0;
  if (is_possible) {
    stage();
    if (writes) write_beside(state);
  } else if (writes) {
    outcomes_.push_back(CheckpointFailure{
        state.step,
        Error(ErrorCode::storage, "left out, because the one before is still being written",
              "make checkpoint.interval longer than the storage needs for one")});
  }
  const double waited = std::chrono::duration<double>(Clock::now() - start).count();
  seconds_ += waited;
  if (is_possible) {
    log::info(concat("the training waited ", milliseconds_text(waited),
                     " for the checkpoint of step ", state.step));
  }
}

/// Waiting has been in vain when the storage is slow; it is then not tried again before it is fast.
bool Checkpoints::becomes_free() {
  const bool is_free_at_once = is_free(std::chrono::seconds(0));
  const bool is_free_now = is_free_at_once || (waits_for_writer_ && is_free(kPatience));
  waits_for_writer_ = is_free_now;
  return is_free_now;
}

bool Checkpoints::is_free(Clock::duration patience) {
  return !writing_.valid() || writing_.wait_for(patience) == std::future_status::ready;
}

/// Memory is given page by page, when a page is first written to: ten times as long as the copy.
void Checkpoints::prepare() {
  if (communicator_.nodes().node != 0) return;
  make_room();
  preparing_ = std::async([columns = staged_.columns, blocks = blocks_] {
    constexpr std::int64_t kPageBytes = 4096;
    for (const StateColumn& column : columns) {
      const BlockRange own = blocks_of(column, blocks);
      for (std::int64_t at = own.begin * column.block_bytes; at < own.end * column.block_bytes;
           at += kPageBytes) {
        column.data[at] = std::byte{0};
      }
    }
  });
}

void Checkpoints::make_room() {
  const std::int64_t bytes = bytes_of(state_, {0, state_.blocks()});
  staging_ =
      communicator_.allocate_shared(static_cast<std::size_t>(bytes), comm::Sharing::one_per_node);
  staged_ = laid_out_in(staging_->mine().data(), state_);
}

/// On the node of rank 0, which has all blocks, as every node has. The barrier: nothing is written
/// to disk before every rank there has copied its own.
void Checkpoints::stage() {
  if (communicator_.nodes().node == 0) copy_blocks();
  communicator_.barrier({.label = "checkpoint staged"}).wait();
}

void Checkpoints::copy_blocks() {
  if (!staging_) make_room();
  if (preparing_.valid()) preparing_.get();
  for (std::size_t i = 0; i < state_.columns.size(); ++i) {
    const StateColumn& from = state_.columns[i];
    const BlockRange own = blocks_of(from, blocks_);
    const std::int64_t offset = own.begin * from.block_bytes;
    std::memcpy(staged_.columns[i].data + offset, from.data + offset,
                static_cast<std::size_t>(own.size() * from.block_bytes));
  }
}

/// On a thread that nobody waits for when the training fails: it holds what it reads.
void Checkpoints::write_beside(const checkpoint::CheckpointState& state) {
  auto steps = std::make_shared<const std::int64_t>(state.step);
  auto task = [keeper = keeper_,
               publisher = checkpoint::Publisher{.generation = spec_.generation,
                                                 .progressed = [pieces = pieces_] { ++*pieces; }},
               state, steps, staging = staging_, model = model_tensors(arena_, staged_, *steps),
               optimizer = optimizer_tensors(arena_, staged_),
               frozen = arena_.frozen()]() -> CheckpointOutcome {
    try {
      return CheckpointSuccess{state.step, keeper->publish(publisher, state, model, optimizer)};
    } catch (const Error& error) {
      return CheckpointFailure{state.step, error};
    } catch (const std::exception& error) {
      return CheckpointFailure{state.step, Error(ErrorCode::storage, error.what())};
    }
  };
  take_outcome();  // It has finished.
  std::packaged_task<CheckpointOutcome()> write(std::move(task));
  writing_ = write.get_future();
  std::thread(std::move(write)).detach();
}

CheckpointSuccess Checkpoints::save_now(const checkpoint::CheckpointState& state,
                                        const std::function<void()>& progressed) {
  const checkpoint::Publisher publisher{.generation = spec_.generation, .progressed = progressed};
  return {state.step, keeper_->publish(publisher, state, model_tensors(arena_, state_, state.step),
                                       optimizer_tensors(arena_, state_))};
}

std::vector<CheckpointOutcome> Checkpoints::outcomes() {
  if (is_free(std::chrono::seconds(0))) take_outcome();
  return std::exchange(outcomes_, {});
}

/// The disk decides how long that takes; who only hangs is found by what is not told any more.
void Checkpoints::finish_writing(const std::function<void()>& progressed) {
  wait_for_writer(progressed, Deadline::at(Clock::time_point::max()));
}

void Checkpoints::finish_writing_together(Clock::duration patience,
                                          const std::function<void()>& alive) {
  const auto wait = [&](const std::function<void()>& progressed) {
    wait_for_writer(progressed, Deadline::after(patience));
  };
  const bool writes = communicator_.rank().index == 0;
  work_together(communicator_, writes ? LongWork(wait) : LongWork(), alive);
}

void Checkpoints::wait_for_writer(const std::function<void()>& progressed,
                                  const Deadline& deadline) {
  std::int64_t pieces_told = *pieces_;
  while (!is_free(std::min<Clock::duration>(kSignOfLife, deadline.left()))) {
    if (deadline.has_passed()) return;
    if (const std::int64_t pieces = *pieces_; pieces != pieces_told) {
      pieces_told = pieces;
      progressed();
    }
  }
  take_outcome();
}

void Checkpoints::take_outcome() {
  if (writing_.valid()) outcomes_.push_back(writing_.get());
}

}  // namespace muster::worker
