#include "worker/train/sample_ledger.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "common/run/append_whole.h"

namespace muster::worker {

SampleLedger::SampleLedger(const std::filesystem::path& path) : path_(path.string()) {
  std::error_code ignored;  // Opening says what is wrong.
  std::filesystem::create_directories(path.parent_path(), ignored);
  file_ = FileDescriptor(
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0644));
  if (!file_.is_open()) run::fail_with_errno(path_, "open it");
}

void SampleLedger::add(const data::LoadedBatch& batch) {
  if (lanes_.empty() || lanes_.back().lane != batch.lane) lanes_.push_back({batch.lane, {}});
  std::vector<std::int64_t>& samples = lanes_.back().samples;
  samples.insert(samples.end(), batch.samples.begin(), batch.samples.end());
}

void SampleLedger::step_completed(std::int64_t steps) {
  std::string lines;
  for (const Lane& lane : lanes_) {
    const nlohmann::json line = {
        {"schema", 1}, {"step", steps}, {"lane", lane.lane}, {"samples", lane.samples}};
    lines += line.dump() + "\n";
  }
  run::append_whole(file_.get(), path_, lines);
  lanes_.clear();
}

}  // namespace muster::worker
