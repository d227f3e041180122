// A failure that every rank finds at the same place, so that they can end together.
#pragma once

#include "common/error.h"

namespace muster::worker {

/// Thrown by all ranks or by none, after the same collective. The communicator still works.
class CommonFailure : public Error {
 public:
  using Error::Error;
};

}  // namespace muster::worker
