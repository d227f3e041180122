#include "worker/train/checkpoints.h"

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "common/checkpoint/generation.h"
#include "common/checkpoint/load.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "worker/train/agreement.h"
#include "worker/train/checkpoint_tensors.h"

namespace muster::worker {
namespace {

// For a write that is nearly done. Longer, the storage is slower than the interval.
constexpr auto kPatience = std::chrono::seconds(1);

// In place of the step that was loaded.
constexpr std::int64_t kNoneStored = -1;
constexpr std::int64_t kNoneWhole = -2;

/// The same columns, one after the other in `memory`.
StateView laid_out_in(std::byte* memory, StateView state) {
  for (StateColumn& column : state.columns) {
    column.data = memory;
    memory += column.blocks * column.block_bytes;
  }
  return state;
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

Checkpoints::Restored Checkpoints::restore(const checkpoint::CheckpointState& own) {
  const checkpoint::Receiver receiver = into_arena(arena_, own);
  const bool is_first = communicator_.rank().index == 0;
  std::int64_t step = kNoneStored;
  if (is_first) {
    checkpoint::claim_folder(spec_.folder, spec_.generation);
    const auto newest = checkpoint::load_newest_valid(
        spec_.folder, receiver,
        [&step](const checkpoint::StoredCheckpoint& stored,
                const std::vector<checkpoint::Damage>& damages) {
          step = kNoneWhole;
          log::warning(concat(stored.path.string(),
                              " is damaged and is passed over: ", checkpoint::in_words(damages)));
        });
    if (newest) step = newest->state.step;
  }
  step = of_first_rank(communicator_, step, "checkpoint to load");
  if (step < 0) return {.arena_is_spoilt = step == kNoneWhole};
  const std::filesystem::path path = spec_.folder / run::checkpoint_name(step);
  if (!is_first && communicator_.nodes().local_rank == 0) checkpoint::load(path, receiver);
  communicator_.barrier({.label = "checkpoint loaded"}).wait();
  return {.state = checkpoint::read_state(path)};
}

void Checkpoints::save(const checkpoint::CheckpointState& state) {
  const auto start = Clock::now();
  const bool writes = communicator_.rank().index == 0;
  const bool is_possible =
      of_first_rank(communicator_, !writes || is_free(kPatience), "checkpoint writer") != 0;
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
    log::info(concat("the training waited ", human_seconds(waited), " for the checkpoint of step ",
                     state.step));
  }
}

bool Checkpoints::is_free(Clock::duration patience) {
  return !writing_.valid() || writing_.wait_for(patience) == std::future_status::ready;
}

/// The barrier: nothing is written to disk before every rank of the node has copied its blocks.
void Checkpoints::stage() {
  if (!staging_) {
    const std::int64_t bytes = bytes_of(state_, {0, state_.blocks()});
    staging_ =
        communicator_.allocate_shared(static_cast<std::size_t>(bytes), comm::Sharing::one_per_node);
    staged_ = laid_out_in(staging_->mine().data(), state_);
  }
  for (std::size_t i = 0; i < state_.columns.size(); ++i) {
    const StateColumn& from = state_.columns[i];
    const BlockRange own = blocks_of(from, blocks_);
    const std::int64_t offset = own.begin * from.block_bytes;
    std::memcpy(staged_.columns[i].data + offset, from.data + offset,
                static_cast<std::size_t>(own.size() * from.block_bytes));
  }
  communicator_.barrier({.label = "checkpoint staged"}).wait();
}

/// On a thread that nobody waits for when the training fails: it holds what it reads.
void Checkpoints::write_beside(const checkpoint::CheckpointState& state) {
  auto steps = std::make_shared<const std::int64_t>(state.step);
  auto task = [keeper = keeper_, publisher = checkpoint::Publisher{.generation = spec_.generation},
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
  finish_writing();  // It has finished: its outcome is kept.
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
  if (is_free(std::chrono::seconds(0))) finish_writing();
  return std::exchange(outcomes_, {});
}

void Checkpoints::finish_writing() {
  if (writing_.valid()) outcomes_.push_back(writing_.get());
}

}  // namespace muster::worker
