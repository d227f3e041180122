// The limit on open files.
#pragma once

#include <cstddef>

namespace muster {

/// Raises the soft limit on this process's open files by `count`, as far as the hard limit allows:
/// what is opened then leaves room for everything else.
void raise_descriptor_limit(std::size_t count);

}  // namespace muster
