// Names of states, and which of them are the end.
#include "common/run/state.h"

#include <gtest/gtest.h>

namespace muster::run {
namespace {

TEST(State, EveryStateHasItsNameAndIsFinalOrNot) {
  const struct {
    State state;
    const char* name;
    bool is_final;
  } rows[] = {
      {State::queued, "queued", false},         {State::starting, "starting", false},
      {State::loading, "loading", false},       {State::training, "training", false},
      {State::evaluating, "evaluating", false}, {State::saving, "saving", false},
      {State::recovering, "recovering", false}, {State::completed, "completed", true},
      {State::failed, "failed", true},          {State::stopped, "stopped", true},
      {State::preempted, "preempted", true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(row.state), row.name);
    EXPECT_EQ(is_final(row.state), row.is_final) << row.name;
  }
}

}  // namespace
}  // namespace muster::run
