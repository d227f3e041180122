// journal/N.jsonl: every decision of coordinator number N, one JSON object a line, each with the
// checksum of its text: {"at":1.25,"event":"...","actions":[...],"reason":"...","xxh3":"..."}.
#pragma once

#include <sys/types.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/file_descriptor.h"

namespace muster::run {

class Journal {
 public:
  /// Appends to `path`, which exists (fence.h makes it) and is nobody else's. Throws
  /// Error{storage}.
  explicit Journal(std::string path);

  /// Appends whole lines; they are on the disk when this returns. Throws Error{storage}: then none
  /// of them counts, and they may be given again at any time. What a failed call has left is cut
  /// off first, also where it was only the sync that failed: the kernel may have dropped pages.
  void append(std::string_view lines);

 private:
  std::string path_;
  FileDescriptor file_;
  off_t kept_bytes_ = 0;     // On the disk.
  bool has_failed_ = false;  // There may be more in the file than that.
};

/// Calls `take` with the lines that are whole and have the right checksum, up to the first that is
/// not (a torn end is normal after a crash). Throws Error{storage}.
void read_journal(const std::string& path, const std::function<void(nlohmann::json line)>& take);

/// All of them.
std::vector<nlohmann::json> read_journal(const std::string& path);

/// The text of a line with its checksum, without the line end.
std::string journal_line(const nlohmann::json& line);

}  // namespace muster::run
