// What this machine calls itself: in records, messages and logs, and to tell whether a process that
// is written of somewhere runs here.
#pragma once

#include <string>

namespace muster {

/// As gethostname(2) says it; "localhost" when it says nothing.
std::string host_name();

}  // namespace muster
