// What is done with records that cannot be used: the same for all formats that read files.
#pragma once

namespace muster::config {

enum class OnBadRecord { stop, skip };

struct BadRecordPolicy {
  OnBadRecord on_bad_record = OnBadRecord::stop;
  double skip_at_most = 0.01;  // The share of all records, 0 to 1, that may be bad.

  bool operator==(const BadRecordPolicy&) const = default;
};

}  // namespace muster::config
