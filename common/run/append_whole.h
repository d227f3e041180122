// Appending to a file so that what is in it is whole whatever happens: one write(2) a piece, and
// half a piece, as a full disk leaves it, is taken back.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace muster::run {

/// Appends `piece` to `file`, which was opened with O_APPEND; `path` is for messages. Throws
/// Error{storage}; the file then ends where it did before.
void append_whole(int file, const std::string& path, std::string_view piece);

/// Bytes of an open file. Throws Error{storage}.
off_t size_of(int file, const std::string& path);

/// Throws Error{storage}: "PATH: cannot WHAT: ..." with the text of errno.
[[noreturn]] void fail_with_errno(const std::string& path, std::string_view what);

}  // namespace muster::run
