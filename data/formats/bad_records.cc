#include "data/formats/bad_records.h"

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

void BadRecords::add(std::string_view path, std::int64_t line, std::string_view what,
                     std::string_view hint) {
  if (count_ == 0) hint_ = hint;
  if (count_ < kReportedMax) reported_.push_back(concat(path, ":", line, ": ", what));
  ++count_;
}

void BadRecords::throw_if_any() const {
  if (count_ == 0) return;
  std::string message = join(reported_, "\n");
  if (count_ > kReportedMax) {
    const std::int64_t more = count_ - kReportedMax;
    message += concat("\nand ", with_thousands(more), " more bad record", more == 1 ? "" : "s");
  }
  throw Error(ErrorCode::corrupt, message, hint_);
}

std::string quoted(std::string_view text) {
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
