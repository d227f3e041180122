// Options of data format `tokens`: flat binary files of token numbers, little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/config/describe.h"
#include "common/config/formats/bad_record_policy.h"

namespace muster::config {

struct TokensOptions {
  static constexpr const char* kName = "tokens";
  enum class Type { uint8, uint16 };

  std::vector<std::filesystem::path> files;  // In this order they are one data set.
  Type dtype = Type::uint16;
  std::optional<std::int64_t> sequence;  // Tokens of a sample. Empty: what the model reads.
  BadRecordPolicy bad_records;

  bool operator==(const TokensOptions&) const = default;
};

void describe(Fields<TokensOptions>& fields);

}  // namespace muster::config
