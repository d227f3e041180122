// A csv file: refused, or every value of it can be read. The first byte chooses the options.
#include <numeric>
#include <vector>

#include "common/error.h"
#include "data/dataset.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const muster::fuzz::MemoryFile memory({data + 1, size - 1});
  muster::config::CsvOptions options;
  options.files = {memory.path()};
  options.label = -1;
  if ((data[0] & 1) != 0) options.delimiter = muster::config::CsvOptions::Delimiter::semicolon;
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
