#include "data/formats/bad_records.h"

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

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
  for (const char c : text.substr(0, kBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      quoted += c;
    } else {
      quoted += {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return quoted + (text.size() > kBytesMax ? "...'" : "'");
}

}  // namespace muster::data
