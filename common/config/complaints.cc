#include "common/config/complaints.h"

#include <algorithm>

namespace muster::config {

void Complaints::add(Place place, std::string message, std::string hint) {
  if (!full()) complaints_.push_back({place, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Complaints::in_order(const std::string& file) const {
  std::vector<Complaint> sorted = complaints_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Complaint& a, const Complaint& b) { return a.place < b.place; });
  std::vector<Diagnostic> diagnostics;
  for (Complaint& complaint : sorted) {
    diagnostics.push_back({.file = complaint.place.in_override ? "override" : file,
                           .line = complaint.place.line,
                           .column = complaint.place.column,
                           .message = std::move(complaint.message),
                           .hint = std::move(complaint.hint)});
  }
  if (full()) {
    diagnostics.push_back({.file = file,
                           .line = 0,
                           .column = 0,
                           .message = "too many errors; only the first 100 found are shown",
                           .hint = {}});
  }
  return diagnostics;
}

}  // namespace muster::config
