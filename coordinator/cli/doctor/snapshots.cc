#include "coordinator/cli/doctor/snapshots.h"

#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli::doctor {

Finding look_at_snapshots(const std::filesystem::path& dir, bool clean) {
  const auto abandoned = run::abandoned_snapshots(dir);
  Finding finding{.name = "snapshots",
                  .verdict = Verdict::ok,
                  .seen = "crashed runs have left none in " + dir.string(),
                  .advice = {}};
  if (abandoned.empty()) return finding;
  std::int64_t bytes = 0;
  for (const run::AbandonedSnapshots& each : abandoned) {
    bytes += each.bytes;
    if (clean) run::remove_snapshot_folder(each.folder);
  }
  const std::string what = concat(abandoned.size(), " of crashed runs in ", dir.string(), ", ",
                                  human_bytes(static_cast<double>(bytes)));
  if (clean) {
    finding.seen = "removed " + what;
    return finding;
  }
  finding.verdict = Verdict::warning;
  finding.seen = what;
  finding.advice = "'muster doctor --clean' removes them, and so does the next 'muster run'";
  return finding;
}

}  // namespace muster::coordinator::cli::doctor
