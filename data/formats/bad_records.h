// Collects what is wrong with the records of a data set, so that one message tells the first few
// and how many there are; and decides whether the data can be used without them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/formats/bad_record_policy.h"

namespace muster::data {

class BadRecords {
 public:
  static constexpr std::int64_t kReportedMax = 5;

  /// `place`: "path:line" or "path: record 3". `hint` is kept for the first record only.
  void add(std::string_view place, std::string_view what, std::string_view hint = {});

  /// Those of `others` behind these.
  void append(const BadRecords& others);

  /// Instead of the first record's hint.
  void set_hint(std::string hint) { hint_ = std::move(hint); }

  std::int64_t count() const { return count_; }

  /// One line for each of the first few, and one for how many more there are; empty without any.
  std::string text() const;

  /// Throws Error{corrupt} with that text when there are any and `policy` is to stop, when they
  /// are more than it allows of `good` + count() records, and when there is no good record at all.
  void check(const config::BadRecordPolicy& policy, std::int64_t good) const;

 private:
  std::int64_t count_ = 0;
  std::vector<std::string> reported_;
  std::string hint_;
};

/// `text` as part of a message: in quotes, unprintable bytes as \xNN, cut after 40 bytes.
std::string in_quotes(std::string_view text);

}  // namespace muster::data
