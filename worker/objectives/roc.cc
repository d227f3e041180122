#include "worker/objectives/roc.h"

#include <algorithm>
#include <bit>

namespace muster::worker {
namespace {

constexpr std::uint32_t kBinBits = 13;                       // Of the mantissa's 23.
constexpr std::uint32_t kSmallest = (127 - 12) << kBinBits;  // 2^-12: exponent and kBinBits.
constexpr std::uint32_t kHalf = kRocBins / 2;                // Bins of either sign.

}  // namespace

std::size_t roc_bin(float logit) {
  const auto bits = std::bit_cast<std::uint32_t>(logit + 0.0f);  // -0 becomes +0.
  const std::uint32_t magnitude = (bits & 0x7fffffffU) >> (23 - kBinBits);
  const std::uint32_t bin =
      std::clamp(magnitude, kSmallest - 1, kSmallest + kHalf - 2) + 1 - kSmallest;
  const bool is_negative = (bits >> 31) != 0;
  return is_negative ? kHalf - 1 - bin : kHalf + bin;
}

std::optional<double> area_under_roc(std::span<const std::int64_t> no,
                                     std::span<const std::int64_t> yes) {
  double all_no = 0, all_yes = 0, pairs = 0;  // Bins in ascending order: the same bits every time.
  for (std::size_t bin = 0; bin < kRocBins; ++bin) {
    const auto no_here = static_cast<double>(no[bin]);
    const auto yes_here = static_cast<double>(yes[bin]);
    pairs += yes_here * (all_no + 0.5 * no_here);
    all_no += no_here;
    all_yes += yes_here;
  }
  if (all_no == 0 || all_yes == 0) return std::nullopt;
  return pairs / (all_no * all_yes);
}

}  // namespace muster::worker
