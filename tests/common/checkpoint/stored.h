// A small checkpoint to write, and looks at what became of it.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_writer.h"
#include "tests/common/checkpoint/encoded.h"
#include "tests/common/temporary_folder.h"

namespace muster::checkpoint {

inline constexpr std::array<float, 3> kWeights = {1.0F, 2.0F, 3.0F};
inline constexpr std::array<float, 3> kMoments = {0.5F, 0.25F, 0.125F};

inline CheckpointState state_of(std::int64_t step = 120) {
  return {.step = step,
          .total_steps = 230,
          .epoch = 10,
          .position = 640,
          .samples_seen = 15010,
          .lanes = 4,
          .seed = 7,
          .skipped_in_a_row = 2,
          .config_hash = "c0ffee",
          .version = "0.1.0",
          .eval = {{"accuracy", 0.1 + 0.2}},
          .eval_step = step,
          .identity = {{"optimizer.lr", "0.001"}}};
}

inline std::vector<TensorView> model_of(std::span<const float> weights = kWeights) {
  return {{"weight", DType::float32, {3}, std::as_bytes(weights)}};
}

inline std::vector<TensorView> optimizer_of(std::span<const float> moments = kMoments) {
  return {{"exp_avg.weight", DType::float32, {3}, std::as_bytes(moments)}};
}

inline PublishedCheckpoint write_step(const std::filesystem::path& folder, std::int64_t step,
                                      std::int64_t generation = 1) {
  return write_checkpoint(folder, {.generation = generation}, state_of(step), model_of(),
                          optimizer_of());
}

/// The same bytes but for one bit.
inline void flip_bit(const std::filesystem::path& file, std::uint64_t bit) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(bit / 8);
  stream.seekg(at);
  const int byte = stream.get();
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ (1 << (bit % 8))));
}

}  // namespace muster::checkpoint
