#include "common/wire/messages.h"

#include "common/error.h"

namespace muster::wire {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "starting";
    case Phase::loading:
      return "loading";
    case Phase::training:
      return "training";
    case Phase::evaluating:
      return "evaluating";
    case Phase::saving:
      return "saving";
    case Phase::finished:
      return "finished";
  }
  assertion_failed("phase is a Phase", __FILE__, __LINE__, "unknown phase");
}

}  // namespace muster::wire
