#include "common/run/state.h"

#include "common/error.h"

namespace muster::run {

std::string_view to_string(State state) {
  switch (state) {
    case State::queued:
      return "queued";
    case State::starting:
      return "starting";
    case State::loading:
      return "loading";
    case State::training:
      return "training";
    case State::evaluating:
      return "evaluating";
    case State::saving:
      return "saving";
    case State::recovering:
      return "recovering";
    case State::completed:
      return "completed";
    case State::failed:
      return "failed";
    case State::stopped:
      return "stopped";
    case State::preempted:
      return "preempted";
  }
  assertion_failed("state is a State", __FILE__, __LINE__, "unknown state");
}

bool is_final(State state) {
  return state == State::completed || state == State::failed || state == State::stopped ||
         state == State::preempted;
}

}  // namespace muster::run
