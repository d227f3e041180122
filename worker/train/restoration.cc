#include "worker/train/restoration.h"

#include "common/error.h"
#include "common/run/run_directory.h"
#include "common/text.h"

namespace muster::worker {
namespace {

class Restoration {
 public:
  Restoration(const StateSources& sources, const checkpoint::CheckpointState& own)
      : sources_(sources), own_(own) {}

  RestoredState run() {
    const std::optional<std::int64_t> newest_checkpoint = sources_.checkpoints.take_over();
    if (from_snapshot(newest_checkpoint.value_or(0))) return found_;
    from_checkpoint();
    // The newest checkpoint was damaged: there may be snapshots after the one that was loaded.
    if (newest_checkpoint && (!found_.state || found_.state->step < *newest_checkpoint)) {
      const bool has_checkpoint = found_.state.has_value();
      if (from_snapshot(found_.state ? found_.state->step + 1 : 0)) return found_;
      if (has_checkpoint && is_spoilt_) from_checkpoint();
    }
    if (!none_whole_.empty()) {
      throw Error(ErrorCode::corrupt,
                  concat("there is no whole checkpoint to go on from:\n", none_whole_),
                  "to start from the beginning, move them out of their folder");
    }
    if (!found_.state) make_initial();
    return found_;
  }

 private:
  bool from_snapshot(std::int64_t at_least) {
    if (sources_.snapshots == nullptr) return false;
    make_initial();
    const Snapshots::Restored restored = sources_.snapshots->restore(at_least);
    is_spoilt_ = restored.arena_is_spoilt;
    if (!restored.note) return false;
    found_.state = checkpoint::parse_state(*restored.note);
    found_.source = "snapshot";
    return true;
  }

  void from_checkpoint() {
    make_initial();
    const Checkpoints::Restored restored = sources_.checkpoints.restore(own_, sources_.alive);
    found_.remarks = restored.passed_over;
    none_whole_ = restored.none_whole;
    is_spoilt_ = !none_whole_.empty();
    if (!restored.state) return;
    found_.state = restored.state;
    found_.source = concat("checkpoint ", run::checkpoint_name(restored.state->step));
  }

  /// What a damaged source has written is not all written again by the next one: frozen parameters,
  /// padding.
  void make_initial() {
    if (is_spoilt_) sources_.start_afresh();
    is_spoilt_ = false;
  }

  const StateSources& sources_;
  const checkpoint::CheckpointState& own_;
  bool is_spoilt_ = false;
  std::string none_whole_;  // Not empty: all checkpoints are damaged, and how.
  RestoredState found_ = {.state = {}, .source = "start"};
};

}  // namespace

RestoredState restore_newest(const StateSources& sources, const checkpoint::CheckpointState& own) {
  RestoredState restored = Restoration(sources, own).run();
  if (sources.snapshots != nullptr) {
    sources.snapshots->go_on_after(restored.state ? std::optional(restored.state->step)
                                                  : std::nullopt);
  }
  return restored;
}

}  // namespace muster::worker
