// Collects what is wrong with the records of a data set, so that one message tells the first few
// and how many there are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::data {

class BadRecords {
 public:
  static constexpr std::int64_t kReportedMax = 5;

  /// `line` counts from 1. `hint` is kept for the first record only.
  void add(std::string_view path, std::int64_t line, std::string_view what, std::string_view hint);

  std::int64_t count() const { return count_; }

  /// Throws Error{corrupt}, one line per record, when there are any.
  void throw_if_any() const;

 private:
  std::int64_t count_ = 0;
  std::vector<std::string> reported_;
  std::string hint_;
};

/// `text` as part of a message: in quotes, unprintable bytes as \xNN, cut after 40 bytes.
std::string quoted(std::string_view text);

}  // namespace muster::data
