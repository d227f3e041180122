// The one named state that a run is in at any time, for people and scripts.
#pragma once

#include <string_view>

namespace muster::run {

enum class State {
  queued,
  starting,
  loading,
  training,
  evaluating,
  saving,
  recovering,
  completed,
  failed,
  stopped,
  preempted,
};

std::string_view to_string(State state);

/// completed, failed, stopped or preempted.
bool is_final(State state);

}  // namespace muster::run
