// What `muster-worker --inspect` prints is what `muster` reads.
#include "common/run/inspection.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/common/expect_error.h"

namespace muster::run {
namespace {

Inspection example() {
  return {.parameters = {{"conv.weight", {32, 1, 3, 3}, "float32"}, {"scale", {}, "float32"}},
          .frozen = {{"head.weight", {10, 4}, "float32"}},
          .buffers = {{"norm.running_mean", {32}, "float32"}},
          .parameter_count = 329,
          .frozen_count = 40,
          .has_batch_norm = true,
          .arena_elements = 2048,
          .frozen_elements = 1024,
          .bytes_per_element = 4,
          .optimizer_slots = 2,
          .libtorch_version = "2.11.0",
          .problems = {"threads: 4 asked, 2 there"},
          .init_problems = {"model.init: /w: is cut"},
          .init_note = "model.init: 1 of the 2 tensors"};
}

TEST(Inspection, ComesBack) {
  const nlohmann::json json = example();
  const auto back = json.get<Inspection>();
  EXPECT_EQ(nlohmann::json(back), json);
  ASSERT_EQ(back.parameters.size(), 2U);
  EXPECT_EQ(back.parameters[0].shape, (std::vector<std::int64_t>{32, 1, 3, 3}));
  EXPECT_TRUE(back.parameters[1].shape.empty());
  EXPECT_EQ(back.buffers[0].name, "norm.running_mean");
  EXPECT_EQ(back.frozen[0].name, "head.weight");
  EXPECT_TRUE(back.has_batch_norm);
}

TEST(Inspection, EveryMissingKeyIsCorrupt) {
  const nlohmann::json whole = example();
  for (const auto& [key, value] : whole.items()) {
    nlohmann::json damaged = whole;
    damaged.erase(key);
    EXPECT_EQ(code_of_error([&] { damaged.get<Inspection>(); }), ErrorCode::corrupt) << key;
  }
}

TEST(Inspection, TensorOfAnotherFormIsCorrupt) {
  for (const char* tensors : {"{}", "[1]", R"([{"name":"a","shape":[-1],"dtype":"float32"}])"}) {
    nlohmann::json damaged = example();
    damaged["parameters"] = nlohmann::json::parse(tensors);
    EXPECT_EQ(code_of_error([&] { damaged.get<Inspection>(); }), ErrorCode::corrupt) << tensors;
  }
}

}  // namespace
}  // namespace muster::run
