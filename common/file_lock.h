// Locks of flock(2): what marks a file or folder as in use, and ends with the process.
#pragma once

#include "common/deadline.h"
#include "common/file_descriptor.h"

namespace muster {

/// A shared lock on an open file or folder, until it is closed. Waits while somebody has it for
/// himself. False when the deadline passes first, or where there are no locks.
bool lock_shared(const FileDescriptor& file, const Deadline& deadline);

}  // namespace muster
