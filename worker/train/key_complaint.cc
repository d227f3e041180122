#include "worker/train/key_complaint.h"

namespace muster::worker {

std::vector<config::Diagnostic> diagnostics_of(const std::vector<KeyComplaint>& complaints,
                                               const config::LoadResult& loaded) {
  std::vector<config::Diagnostic> diagnostics;
  for (const KeyComplaint& complaint : complaints) {
    diagnostics.push_back(loaded.complaint(complaint.key, complaint.message, complaint.hint));
  }
  return diagnostics;
}

}  // namespace muster::worker
