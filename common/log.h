// The log: one line an entry, "2026-11-23T10:00:00.123Z info  worker 1: text", to standard error or
// to a file. Neither spdlog nor fmt is included here: the libtorch wheel carries another fmt, and
// the two do not compile together.
//
// Any thread. Lines are written whole and flushed at once, so that the last line before a crash is
// there to be read.
#pragma once

#include <string>
#include <string_view>

namespace muster::log {

enum class Level { debug, info, warning, error };

/// Sends the log to standard error (the default before any call).
void to_stderr(Level least = Level::info);

/// Sends the log to the end of file `path`. Throws Error{storage}.
void to_file(const std::string& path, Level least = Level::info);

/// Stands before the text of every later line, e.g. "worker 1". Empty for none.
void set_name(std::string name);

void debug(std::string_view text);
void info(std::string_view text);
void warning(std::string_view text);
void error(std::string_view text);

}  // namespace muster::log
