#include "data/formats/token_scan.h"

#include <utility>

#include "common/text.h"

namespace muster::data {
namespace {

constexpr std::uint32_t kTokens = 1 << 16;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;  // Whole tokens.

/// Reads a whole file once and says which windows are bad.
class Scan {
 public:
  Scan(DataFile& file, const TokenWindows& windows, const TokenChecks& checks)
      : file_(file),
        windows_(windows),
        checks_(checks),
        limit_(checks.limit()),
        window_count_(
            windows.count_in(file.size() / static_cast<std::int64_t>(windows.token_bytes))) {}

  TokenScan run() {
    std::vector<std::byte> piece(kPieceBytes);
    std::int64_t position = 0;  // Of the piece's first token.
    std::size_t filled = 0;
    while (const std::size_t count = file_.read(std::span(piece).subspan(filled))) {
      filled += count;
      const std::size_t whole = filled / windows_.token_bytes * windows_.token_bytes;
      check(std::span(piece).first(whole), position);
      position += static_cast<std::int64_t>(whole / windows_.token_bytes);
      std::copy(piece.begin() + static_cast<std::ptrdiff_t>(whole),
                piece.begin() + static_cast<std::ptrdiff_t>(filled), piece.begin());
      filled -= whole;
    }
    return std::move(result_);
  }

 private:
  void check(std::span<const std::byte> bytes, std::int64_t first) {
    std::uint16_t greatest = 0;
    for_each_token(bytes, windows_.token_bytes,
                   [&](std::size_t, std::uint16_t token) { greatest = std::max(greatest, token); });
    result_.greatest = std::max(result_.greatest, greatest);
    if (greatest < limit_) return;
    for_each_token(bytes, windows_.token_bytes, [&](std::size_t i, std::uint16_t token) {
      if (token >= limit_) check_token(first + static_cast<std::int64_t>(i), token);
    });
  }

  /// A token is the label of the window before it where it begins one.
  void check_token(std::int64_t position, std::uint16_t token) {
    const std::int64_t window = position / windows_.sequence;
    const bool begins = position % windows_.sequence == 0;
    const std::int64_t label_of = begins ? window - 1 : window;
    note(label_of, position, checks_.label.complaint(token));
    note(window, position, checks_.input.complaint(token));
  }

  void note(std::int64_t window, std::int64_t position, const std::string& complaint) {
    if (complaint.empty() || window < 0 || window >= window_count_) return;
    if (!result_.bad.empty() && result_.bad.back() == window) return;
    result_.bad.push_back(window);
    result_.bad_records.add(concat(file_.path(), ": record ", window),
                            concat(complaint, ", at token ", position, " of the file"));
  }

  DataFile& file_;
  const TokenWindows& windows_;
  const TokenChecks& checks_;
  const std::uint32_t limit_;  // No token below is bad.
  const std::int64_t window_count_;
  TokenScan result_;
};

}  // namespace

TokenCheck::TokenCheck(const config::FieldNeed* need) {
  if (need != nullptr) ranges_ = need->ranges;
  while (limit_ < kTokens && complaint(static_cast<std::uint16_t>(limit_)).empty()) ++limit_;
}

std::string TokenCheck::complaint(std::uint16_t token) const {
  for (const config::ValueRange& range : ranges_) {
    if (range.holds(token)) continue;
    return concat("token ", token, " is not in ", shortest(range.least), " to ",
                  shortest(range.greatest), " (", range.reason, ")");
  }
  return {};
}

TokenScan scan_tokens(DataFile& file, const TokenWindows& windows, const TokenChecks& checks) {
  return Scan(file, windows, checks).run();
}

}  // namespace muster::data
