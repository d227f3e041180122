#include "worker/train/initial_weights.h"

#include <ATen/Context.h>
#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "comm/local/local_world.h"
#include "common/hash.h"
#include "tests/common/checkpoint/encoded.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"
#include "worker/models/build.h"

namespace muster::worker {
namespace {

using checkpoint::bytes_of;
using checkpoint::TensorView;
using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A linear layer of `width` inputs and one output: layers.0.weight [1, width], layers.0.bias [1].
config::Experiment linear(std::int64_t width, config::Precision precision) {
  config::Experiment experiment;
  experiment.precision = precision;
  experiment.model.options = config::MlpOptions{.input = {width}, .hidden = {}, .classes = 1};
  return experiment;
}

config::Experiment with_batch_norm() {
  config::Experiment experiment;
  experiment.model.options =
      config::ConvnetOptions{.input = {1, 4, 4}, .channels = {3}, .classes = 2};
  return experiment;
}

class GivenWeights : public testing::Test {
 protected:
  /// Writes the file.
  config::InitialWeights given(std::vector<TensorView> tensors) {
    write_text(path_, checkpoint::encoded(std::move(tensors)));
    return {.file = path_, .sha256 = sha256_of_file(path_.string()), .fresh = {}};
  }

  /// Makes the experiment's arena, with groups or without, and calls `use` with it.
  static void with_arena(const config::Experiment& experiment,
                         const std::vector<config::ParameterGroup>& groups,
                         const std::function<void(Model&, Arena&)>& use) {
    comm::run_local_world({.ranks = 1}, [&](comm::Communicator& communicator) {
      const ModelPointer model = build_model(experiment);
      Arena arena(communicator, *model,
                  {.groups = groups, .type = scalar_type_of(experiment.precision), .states = {}});
      use(*model, arena);
    });
  }

  /// What a linear layer's weights become that the file has as `numbers` of type `dtype`.
  template <class Number>
  std::vector<double> loaded(DType dtype, const std::vector<Number>& numbers,
                             config::Precision precision = config::Precision::fp32) {
    const auto width = static_cast<std::int64_t>(numbers.size());
    constexpr std::array<float, 1> kBias = {0.25F};
    const config::InitialWeights initial =
        given({{"layers.0.bias", DType::float32, {1}, bytes_of(kBias)},
               {"layers.0.weight", dtype, {1, width}, bytes_of(numbers)}});
    std::vector<double> weights;
    with_arena(linear(width, precision), {}, [&](Model& model, Arena& arena) {
      load_initial_weights(arena, initial, WantedWeights::all, {});
      const at::Tensor read =
          model.named_parameters()["layers.0.weight"].detach().flatten().to(at::kDouble);
      weights.assign(read.const_data_ptr<double>(), read.const_data_ptr<double>() + width);
      EXPECT_EQ(model.named_parameters()["layers.0.bias"].item<double>(), 0.25);
    });
    return weights;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "w.safetensors";
};

TEST_F(GivenWeights, Bfloat16IsTheUpperHalfOfFloat32) {
  const std::vector<std::uint16_t> bits = {0x3F80, 0xC020, 0x0001, 0x8000,
                                           0x7F7F, 0x7F80, 0xFF80, 0x7FC1};
  const std::vector<double> weights = loaded(DType::bfloat16, bits);
  for (std::size_t i = 0; i < bits.size() - 1; ++i) {
    const auto expected = std::bit_cast<float>(static_cast<std::uint32_t>(bits[i]) << 16);
    EXPECT_EQ(weights[i], expected) << i;
    EXPECT_EQ(std::signbit(weights[i]), std::signbit(expected)) << i;
  }
  EXPECT_TRUE(std::isnan(weights.back()));
}

TEST_F(GivenWeights, Float16KeepsSubnormalsInfinitiesAndSigns) {
  const std::vector<std::uint16_t> bits = {0x3C00, 0xC100, 0x0001, 0x03FF, 0x0400,
                                           0x7BFF, 0x7C00, 0xFC00, 0x8000, 0x7E01};
  const std::vector<double> expected = {1,
                                        -2.5,
                                        std::ldexp(1, -24),
                                        std::ldexp(1023, -24),
                                        std::ldexp(1, -14),
                                        65504,
                                        kInfinity,
                                        -kInfinity,
                                        -0.0};
  const std::vector<double> weights = loaded(DType::float16, bits);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(weights[i], expected[i]) << i;
    EXPECT_EQ(std::signbit(weights[i]), std::signbit(expected[i])) << i;
  }
  EXPECT_TRUE(std::isnan(weights.back()));
}

TEST_F(GivenWeights, Float64IsRoundedToNearestEven) {
  const double ulp = std::ldexp(1, -23);
  const std::vector<double> numbers = {1 + ulp / 2, 1 + 3 * ulp / 2,     1 + ulp * 0.51,
                                       1e300,       std::ldexp(1, -149), 0.1};
  const std::vector<double> expected = {1,         1 + 2 * ulp,         1 + ulp,
                                        kInfinity, std::ldexp(1, -149), 0.1F};
  EXPECT_EQ(loaded(DType::float64, numbers), expected);
  EXPECT_EQ(loaded(DType::float64, numbers, config::Precision::fp64), numbers);
}

// More than one piece of the file, and an odd length.
TEST_F(GivenWeights, LargeTensorsComeWhole) {
  std::vector<float> numbers(200'001);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i) + 0.5F;
  const std::vector<double> expected(numbers.begin(), numbers.end());
  EXPECT_EQ(loaded(DType::float32, numbers), expected);
  EXPECT_EQ(loaded(DType::float32, numbers, config::Precision::fp64), expected);
}

/// The values of all of the model's tensors.
std::map<std::string, std::vector<float>> values_of(Model& model, Arena& arena) {
  arena.load_statistics();
  std::map<std::string, std::vector<float>> values;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (!tensor.is_floating_point()) return;
    const at::Tensor flat = tensor.detach().contiguous().flatten();
    values[name].assign(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
  };
  for (const auto& item : model.named_parameters()) add(item.key(), item.value());
  for (const auto& item : model.named_buffers()) add(item.key(), item.value());
  return values;
}

TEST_F(GivenWeights, FrozenParametersAndRunningStatisticsAreReadAndFreshOnesStay) {
  const config::Experiment experiment = with_batch_norm();
  config::ParameterGroup frozen;
  frozen.match = {"features.0.*"};
  frozen.freeze = true;
  with_arena(experiment, {frozen}, [&](Model& model, Arena& arena) {
    const auto random = values_of(model, arena);
    std::vector<TensorView> tensors;
    std::map<std::string, std::vector<float>> sevens;
    for (const auto& [name, numbers] : random) {
      sevens[name].assign(numbers.size(), 7);
      const auto shape = [&]() -> std::vector<std::int64_t> {
        for (const auto& item : model.named_parameters()) {
          if (item.key() == name) return item.value().sizes().vec();
        }
        return {static_cast<std::int64_t>(numbers.size())};
      }();
      tensors.push_back({name, DType::float32, shape, bytes_of(sevens[name])});
    }
    config::InitialWeights initial = given(tensors);
    initial.fresh = {"classifier.*"};
    load_initial_weights(arena, initial, WantedWeights::all, {});
    for (const auto& [name, numbers] : values_of(model, arena)) {
      EXPECT_EQ(numbers, name.starts_with("classifier.") ? random.at(name) : sevens.at(name))
          << name;
    }
    // A spoilt arena is filled again, to the same bits.
    arena.fill_from(*build_model(experiment));
    EXPECT_EQ(values_of(model, arena), random);
    initial.fresh.clear();
    load_initial_weights(arena, initial, WantedWeights::all, {});
    EXPECT_EQ(values_of(model, arena), sevens);
  });
}

TEST_F(GivenWeights, FileThatHasChangedIsRefusedWithBothHashes) {
  constexpr std::array<float, 1> kBias = {0.25F};
  constexpr std::array<float, 2> kWeight = {1, 2};
  const TensorView bias{"layers.0.bias", DType::float32, {1}, bytes_of(kBias)};
  const TensorView weight{"layers.0.weight", DType::float32, {1, 2}, bytes_of(kWeight)};
  config::InitialWeights planned = given({bias, weight});
  // Also one that does not fit any more: that it has changed is all there is to say.
  for (const std::vector<TensorView>& changed :
       {std::vector<TensorView>{bias},
        {weight, {"layers.0.bias", DType::float32, {1}, bytes_of(std::span(kWeight).first(1))}}}) {
    const std::string found = *given(changed).sha256;
    with_arena(linear(2, config::Precision::fp32), {}, [&](Model&, Arena& arena) {
      const Error error =
          error_of([&] { load_initial_weights(arena, planned, WantedWeights::all, {}); });
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_THAT(error.what(), HasSubstr(found));
      EXPECT_THAT(error.what(), HasSubstr(*planned.sha256));
      EXPECT_THAT(error.hint(), HasSubstr("muster run"));
    });
  }
}

}  // namespace
}  // namespace muster::worker
