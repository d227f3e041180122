// Token files before they are trained on: how they are cut, and which of their windows hold tokens
// that cannot be used.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "common/config/field_need.h"
#include "data/formats/bad_records.h"
#include "data/formats/data_file.h"

namespace muster::data {

/// What a file is cut into: windows of sequence + 1 tokens, one every `sequence` tokens.
struct TokenWindows {
  std::size_t token_bytes = 2;  // 1 or 2; little-endian.
  std::int64_t sequence = 0;    // At least 1.

  std::int64_t bytes() const { return static_cast<std::int64_t>(token_bytes) * (sequence + 1); }
  /// Where window number `window` begins, in bytes.
  std::int64_t offset(std::int64_t window) const {
    return window * sequence * static_cast<std::int64_t>(token_bytes);
  }
  std::int64_t count_in(std::int64_t tokens) const {
    return tokens == 0 ? 0 : (tokens - 1) / sequence;
  }
};

/// Calls `use(index, token)` for each of the tokens.
template <class Use>
void for_each_token(std::span<const std::byte> bytes, std::size_t token_bytes, Use use) {
  if (token_bytes == 1) {
    for (std::size_t i = 0; i < bytes.size(); ++i) use(i, std::to_integer<std::uint16_t>(bytes[i]));
    return;
  }
  for (std::size_t i = 0; i < bytes.size() / 2; ++i) {
    std::uint16_t token = 0;
    std::memcpy(&token, bytes.data() + 2 * i, sizeof token);
    if constexpr (std::endian::native == std::endian::big) token = __builtin_bswap16(token);
    use(i, token);
  }
}

/// Which tokens can be used in one field. A sequence has one range for all its elements; of a need
/// with several, all must hold.
class TokenCheck {
 public:
  /// Null: every token is good.
  explicit TokenCheck(const config::FieldNeed* need);

  /// All tokens below this number are good.
  std::uint32_t limit() const { return limit_; }

  /// Empty when the token is good: "token 9 is not in 0 to 8 (model.vocabulary is 9)".
  std::string complaint(std::uint16_t token) const;

 private:
  std::vector<config::ValueRange> ranges_;
  std::uint32_t limit_ = 0;
};

/// The two fields of a sample.
struct TokenChecks {
  TokenCheck input;
  TokenCheck label;

  std::uint32_t limit() const { return std::min(input.limit(), label.limit()); }
};

/// What is learnt from a whole file.
struct TokenScan {
  std::uint16_t greatest = 0;     // Of all its tokens.
  std::vector<std::int64_t> bad;  // Windows with a token that cannot be used, ascending.
  BadRecords bad_records;         // The same with reasons.
};

/// Reads a file, of which nothing was read yet, from its beginning to its end.
TokenScan scan_tokens(DataFile& file, const TokenWindows& windows, const TokenChecks& checks);

}  // namespace muster::data
