// Checkpoints of a world whose ranks are threads: what is loaded is what was saved, on every node.
#include "worker/train/checkpoints.h"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <mutex>

#include "comm/local/local_world.h"
#include "common/checkpoint/manifest.h"
#include "common/run/run_directory.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"
#include "worker/models/build.h"
#include "worker/train/restoration.h"

namespace muster::worker {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Four ranks, two a node.
class CheckpointsOfAWorld : public testing::Test {
 protected:
  using Body = std::function<void(comm::Communicator&, const Arena&, Checkpoints&)>;

  void in_world(std::int64_t generation, const Body& body) {
    comm::run_local_world({.ranks = 4, .ranks_per_node = 2}, [&](comm::Communicator& communicator) {
      config::Experiment experiment;
      experiment.model.options = config::MlpOptions{{64}, {48, 24}, 10};
      ModelPointer model;
      {
        const std::lock_guard lock(making_);
        model = build_model(experiment);
      }
      const Arena arena(communicator, *model,
                        {.groups = {}, .type = at::kFloat, .gradient_buffers = 1, .states = {"m"}});
      const std::int64_t blocks = state_view(arena).blocks();
      const bool is_lower = communicator.nodes().local_rank == 0;
      const BlockRange own = is_lower ? BlockRange{0, blocks / 2} : BlockRange{blocks / 2, blocks};
      Checkpoints checkpoints(communicator, arena, own,
                              {.folder = folder(), .generation = generation, .options = {}});
      body(communicator, arena, checkpoints);
    });
  }

  /// Every float of the node's state.
  static void fill(comm::Communicator& communicator, const Arena& arena, float value) {
    if (communicator.nodes().local_rank == 0) {
      const at::NoGradGuard guard;
      arena.values().fill_(value);
      for (const auto& [name, tensor] : arena.states()) tensor.fill_(value);
    }
    communicator.barrier({.label = "filled"}).wait();
  }

  void save(std::int64_t step) {
    in_world(1,
             [&](comm::Communicator& communicator, const Arena& arena, Checkpoints& checkpoints) {
               if (step > 10) checkpoints.prepare();
               fill(communicator, arena, static_cast<float>(step));
               checkpoints.save(state_of(step));
               if (communicator.rank().index != 0) return;
               checkpoints.finish_writing([] {});
               const std::vector<CheckpointOutcome> outcomes = checkpoints.outcomes();
               ASSERT_EQ(outcomes.size(), 1U);
               EXPECT_TRUE(std::holds_alternative<CheckpointSuccess>(outcomes.front()));
             });
  }

  /// What the first rank was told of damaged ones. Every node has then what was saved at `step`.
  std::vector<std::string> expect_restored(std::optional<std::int64_t> step) {
    std::vector<std::string> passed_over;
    std::atomic<int> signs_of_life = 0;
    in_world(2,
             [&](comm::Communicator& communicator, const Arena& arena, Checkpoints& checkpoints) {
               fill(communicator, arena, -1);
               const auto restored = checkpoints.restore(state_of(0), [&] { ++signs_of_life; });
               EXPECT_EQ(restored.state, step ? std::optional(state_of(*step)) : std::nullopt);
               const auto value = static_cast<float>(step.value_or(-1));
               const at::Tensor parameters =
                   arena.values().narrow(0, 0, arena.layout().parameters().front().count);
               EXPECT_EQ(parameters.min().item<float>(), value);
               EXPECT_EQ(parameters.max().item<float>(), value);
               if (communicator.rank().index == 0) passed_over = restored.passed_over;
             });
    EXPECT_GE(signs_of_life, 4);
    return passed_over;
  }

  static checkpoint::CheckpointState state_of(std::int64_t step) {
    checkpoint::CheckpointState state;
    state.step = step;
    state.config_hash = "c0ffee";
    return state;
  }

  void damage(std::int64_t step) {
    const fs::path file = folder() / run::checkpoint_name(step) / checkpoint::kModelFile;
    fs::resize_file(file, fs::file_size(file) - 1);
  }

  fs::path folder() const { return folder_ / ""; }

  TemporaryFolder folder_;
  std::mutex making_;
};

TEST_F(CheckpointsOfAWorld, LoadsWhatWasSavedOnEveryNode) {
  save(10);
  save(20);
  EXPECT_THAT(expect_restored(20), IsEmpty());
}

TEST_F(CheckpointsOfAWorld, WithoutAnyItStarts) { EXPECT_THAT(expect_restored({}), IsEmpty()); }

TEST_F(CheckpointsOfAWorld, DamagedOneIsPassedOverAndTold) {
  save(10);
  save(20);
  damage(20);
  EXPECT_THAT(expect_restored(10), ElementsAre(HasSubstr("step-000020 is damaged")));
}

// Hours of training would be lost, almost unsaid.
TEST_F(CheckpointsOfAWorld, WithNoneWholeItDoesNotStartFromTheBeginning) {
  save(10);
  damage(10);
  const Error error = error_of([&] {
    in_world(2, [&](comm::Communicator&, const Arena&, Checkpoints& checkpoints) {
      restore_newest(
          {.snapshots = nullptr, .checkpoints = checkpoints, .start_afresh = [] {}, .alive = [] {}},
          state_of(0));
    });
  });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("step-000010 is damaged"));
  EXPECT_THAT(error.hint(), HasSubstr("move them out of"));
}

}  // namespace
}  // namespace muster::worker
