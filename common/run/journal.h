// journal/N.jsonl: every decision of coordinator number N, one JSON object a line, each with the
// checksum of its text: {"at":1.25,"event":"...","actions":[...],"reason":"...","xxh3":"..."}.
// Written on a thread of its own: killing and evicting never wait for a disk.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace muster::run {

class Journal {
 public:
  /// Appends to `path`, which exists (fence.h makes it).
  explicit Journal(const std::string& path);
  ~Journal();  // Writes what is queued, fsyncs, ends the thread.
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Queues the line; returns at once. A failing disk is logged once and does not stop the run.
  void append(nlohmann::json line);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The lines that are whole and have the right checksum, up to the first that is not (a torn end is
/// normal after a crash).
std::vector<nlohmann::json> read_journal(const std::string& path);

/// The text of a line with its checksum; what append writes.
std::string journal_line(const nlohmann::json& line);

}  // namespace muster::run
