// Which samples a rank has trained on, step by step: a line per lane in a file of its own. Written
// before the snapshot of a step, so that what a later generation does not do again is on record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "data/loader.h"

namespace muster::worker {

class SampleLedger {
 public:
  /// Makes the file and its folder. Throws Error{storage}.
  explicit SampleLedger(const std::filesystem::path& path);

  /// What a micro batch holds; kept until its step is completed.
  void add(const data::LoadedBatch& batch);

  /// The step of what was added counts: writes it, with one write(2). `steps`: completed. Throws
  /// Error{storage}.
  ///
  ///   {"lane":3,"samples":[17,4],"schema":1,"step":12}
  void step_completed(std::int64_t steps);

 private:
  struct Lane {
    std::int64_t lane = 0;
    std::vector<std::int64_t> samples;
  };

  std::string path_;
  FileDescriptor file_;
  std::vector<Lane> lanes_;  // Of the present step.
};

}  // namespace muster::worker
