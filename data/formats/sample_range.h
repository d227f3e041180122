// Which records of a file are samples of its data set: the good ones, numbered on from those of the
// files before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace muster::data {

struct SampleRange {
  std::int64_t first = 0;               // The number of its first sample.
  std::int64_t size = 0;                // Samples.
  std::vector<std::int64_t> good = {};  // The records that they are, ascending; empty: all.

  /// The record of the file that is sample `sample` of the data set.
  std::int64_t record_of(std::int64_t sample) const {
    const std::int64_t index = sample - first;
    return good.empty() ? index : good[static_cast<std::size_t>(index)];
  }
};

/// The one of `files`, each with a SampleRange `samples`, in which `sample` is.
template <class File>
const File& file_of(const std::vector<File>& files, std::int64_t sample) {
  const auto after = std::upper_bound(
      files.begin(), files.end(), sample,
      [](std::int64_t wanted, const File& file) { return wanted < file.samples.first; });
  return *std::prev(after);
}

}  // namespace muster::data
