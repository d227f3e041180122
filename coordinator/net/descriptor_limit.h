// Open files: a coordinator has a connection to each of what may be thousands of workers.
#pragma once

#include <cstddef>

namespace muster::coordinator {

/// Raises the soft limit of this process to `wanted`, if it is smaller and as far as the hard one
/// allows. No further than that: mpirun inherits it, and looks at every descriptor up to it.
/// Returns the limit now.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace muster::coordinator
