// Points in time as text.
#pragma once

#include <chrono>
#include <string>

namespace muster::coordinator::cli::look {

/// For people: "2026-11-24 08:20:01", in the time zone of this process.
std::string local_time(std::chrono::system_clock::time_point time);

/// For programs: "2026-11-24T08:20:01Z".
std::string utc_time(std::chrono::system_clock::time_point time);

}  // namespace muster::coordinator::cli::look
