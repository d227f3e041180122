// A file of inputs and one of labels, perhaps packed: refused, or every sample can be read. The
// first byte is the length of the labels, which come next; the rest are the inputs.
#include <algorithm>
#include <numeric>
#include <vector>

#include "common/error.h"
#include "data/dataset.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  const std::size_t split = std::min<std::size_t>(data[0], rest.size());
  const muster::fuzz::MemoryFile labels(rest.first(split));
  const muster::fuzz::MemoryFile inputs(rest.subspan(split));
  muster::config::IdxOptions options;
  options.files = {inputs.path()};
  options.labels = {labels.path()};
  try {
    const auto dataset = muster::data::open_dataset(options);
    std::vector<std::int64_t> all(static_cast<std::size_t>(dataset->size()));
    std::iota(all.begin(), all.end(), 0);
    if (dataset->read(all).samples != dataset->size()) std::abort();
  } catch (const muster::Error& error) {
    const bool is_expected =
        error.code() == muster::ErrorCode::corrupt || error.code() == muster::ErrorCode::invalid;
    if (!is_expected) std::abort();
  }
  return 0;
}
