// What decides the bits besides the experiment's own numbers: which kernels libtorch, oneDNN and
// MKL choose, and on how many threads they run.
#pragma once

#include "common/config/experiment.h"

namespace muster::worker {

/// Makes libtorch compute as the (resolved) experiment says: its vector instructions, its number of
/// threads, deterministic kernels. Before anything else of libtorch is used: the libraries look at
/// their variables once. Throws Error{unsupported} when this processor has not the instructions, or
/// when fewer threads can be had than are asked for (a limit such as OMP_THREAD_LIMIT; oneDNN would
/// wait for them for ever), Error{invalid} when libtorch had chosen its kernels already.
void set_numerics(const config::Experiment& experiment);

}  // namespace muster::worker
