#include "common/checkpoint/checkpoint_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/common/checkpoint/stored.h"
#include "tests/common/expect_error.h"

namespace muster::checkpoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(CheckpointState, SaysWhereTheTrainingIs) {
  EXPECT_EQ(nlohmann::json::parse(state_text(state_of())), nlohmann::json::parse(R"({
    "schema": 1, "step": 120, "total_steps": 230, "epoch": 10, "position": 640,
    "samples_seen": 15010, "lanes": 4, "seed": 7, "skipped_in_a_row": 2,
    "config_hash": "c0ffee", "version": "0.1.0",
    "eval": {"accuracy": 0.30000000000000004}, "eval_step": 120,
    "identity": {"optimizer.lr": "0.001"}})"));
}

TEST(CheckpointState, ReadsBackToTheSame) {
  CheckpointState state = state_of();
  state.eval = {{"a", 0.1 + 0.2},
                {"b", -0.0},
                {"c", std::numeric_limits<double>::denorm_min()},
                {"d", std::numeric_limits<double>::max()},
                {"e", 1.0 / 3}};
  const CheckpointState back = parse_state(state_text(state));
  EXPECT_EQ(back, state);
  EXPECT_TRUE(std::signbit(back.eval.at("b")));
}

// Of before there was eval_step: whose weights were evaluated is not known.
TEST(CheckpointState, WithoutTheStepOfAnEvaluationItIsNotEvaluated) {
  CheckpointState state = state_of();
  EXPECT_TRUE(state.is_evaluated());
  state.eval_step = 60;
  EXPECT_FALSE(state.is_evaluated());
  state.eval_step.reset();
  EXPECT_EQ(parse_state(state_text(state)), state);
  EXPECT_FALSE(state.is_evaluated());
}

TEST(CheckpointState, NumbersThatAreNotFiniteAreNotAvailableAfterwards) {
  CheckpointState state = state_of();
  state.eval = {{"loss", std::numeric_limits<double>::infinity()}};
  EXPECT_TRUE(std::isnan(parse_state(state_text(state)).eval.at("loss")));
}

TEST(CheckpointState, WrongStatesAreRefused) {
  const auto refused = [](const std::string& key, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(state_text(state_of()));
    json[key] = value;
    return code_of_error([&] { parse_state(json.dump()); });
  };
  EXPECT_EQ(refused("step", -1), ErrorCode::corrupt);
  EXPECT_EQ(refused("step", 1.5), ErrorCode::corrupt);
  EXPECT_EQ(refused("eval", 3), ErrorCode::corrupt);
  EXPECT_EQ(refused("eval_step", -1), ErrorCode::corrupt);
  EXPECT_EQ(refused("identity", {{"seed", 1}}), ErrorCode::corrupt);
  EXPECT_EQ(refused("schema", 2), ErrorCode::unsupported);
  EXPECT_EQ(code_of_error([] { parse_state("{}"); }), ErrorCode::corrupt);
}

TEST(CheckpointState, DifferencesNameEveryKeyWithBothValues) {
  EXPECT_THAT(
      differences({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {{"a", "1"}, {"b", "4"}, {"d", "5"}}),
      ElementsAre("b: 2 there, 4 here", "c: 3 there, nothing here", "d: nothing there, 5 here"));
}

TEST(CheckpointState, AnotherExperimentIsRefusedWithTheKeysThatDiffer) {
  const CheckpointState state = state_of();
  EXPECT_NO_THROW(require_same_experiment("x", state, "c0ffee", {}));
  const Error error = error_of([&] {
    require_same_experiment("step-000120", state, "other",
                            {{"optimizer.lr", "0.002"}, {"seed", "1"}});
  });
  EXPECT_EQ(error.code(), ErrorCode::invalid);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("step-000120"), HasSubstr("optimizer.lr: 0.001 there"),
                                  HasSubstr("0.002 here"), HasSubstr("seed")));
}

}  // namespace
}  // namespace muster::checkpoint
