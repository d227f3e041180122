#include "data/formats/bad_records.h"

#include <algorithm>

#include "common/config/utf8.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::data {
namespace {

/// Bytes of the character that `text` begins with; 0 when there is none, or one that does something
/// to a terminal instead of being seen.
std::size_t printable_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length) {
    if (config::first_bad_byte(text.substr(0, length))) continue;
    const bool is_control = first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    return is_control ? 0 : length;
  }
  return 0;
}

}  // namespace

void BadRecords::add(std::string_view place, std::string_view what, std::string_view hint) {
  if (count_ == 0) hint_ = hint;
  if (count_ < kReportedMax) reported_.push_back(concat(place, ": ", what));
  ++count_;
}

void BadRecords::append(const BadRecords& others) {
  if (count_ == 0) hint_ = others.hint_;
  for (const std::string& text : others.reported_) {
    if (static_cast<std::int64_t>(reported_.size()) < kReportedMax) reported_.push_back(text);
  }
  count_ += others.count_;
}

std::string BadRecords::text() const {
  const std::int64_t more = count_ - kReportedMax;
  return more <= 0 ? join(reported_, "\n")
                   : concat(join(reported_, "\n"), "\nand ", with_thousands(more),
                            " more bad record", more == 1 ? "" : "s");
}

void BadRecords::check(const config::BadRecordPolicy& policy, std::int64_t good) const {
  if (count_ == 0) return;
  if (policy.on_bad_record == config::OnBadRecord::stop) {
    throw Error(ErrorCode::corrupt, text(), hint_);
  }
  const std::int64_t all = count_ + good;
  const std::string total =
      concat(with_thousands(count_), " of ", with_thousands(all), " records are bad");
  if (good == 0) throw Error(ErrorCode::corrupt, concat(text(), "\n", total), hint_);
  if (static_cast<double>(count_) <= policy.skip_at_most * static_cast<double>(all)) return;
  throw Error(ErrorCode::corrupt,
              concat(text(), "\n", total, ", more than skip_at_most (",
                     shortest(policy.skip_at_most), ") allows"),
              hint_);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kBytesMax = 40;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string quoted = "'";
  std::size_t at = 0;
  while (at < text.size() && at < kBytesMax) {
    const std::size_t length = printable_length(text.substr(at));
    if (length > 0) {
      quoted += text.substr(at, length);
    } else {
      const auto byte = static_cast<unsigned char>(text[at]);
      quoted += {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
    }
    at += std::max<std::size_t>(length, 1);
  }
  return quoted + (at < text.size() ? "...'" : "'");
}

}  // namespace muster::data
