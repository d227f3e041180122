// The area under the ROC curve from counts: the share of (yes, no) pairs whose yes has the higher
// logit, ties counted half. Exact sums over any division of the data, because what is added up is a
// histogram; sorting all logits would need all of them in one place.
//
// A bin is a range of float32 bits, whose order is that of the numbers: 8,192 bins for each power
// of two from 2^-12 to 2^8, with either sign. So logits that differ by less than one part in 8,192,
// or both lie below 0.00024 or above 255.9, count as equal. The error is at most half the share of
// (yes, no) pairs that fall into one bin: about 0.00001 for normally distributed logits. Both
// histograms together are 5 MB a rank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace muster::worker {

inline constexpr std::size_t kRocBins = 2 * (20 * 8192 + 1);

/// In [0, kRocBins), growing with the logit; -0 and +0 are equal. A NaN is in some bin.
std::size_t roc_bin(float logit);

/// `no`, `yes`: targets by bin of their logit, [kRocBins] each. Nothing unless there are both.
std::optional<double> area_under_roc(std::span<const std::int64_t> no,
                                     std::span<const std::int64_t> yes);

}  // namespace muster::worker
