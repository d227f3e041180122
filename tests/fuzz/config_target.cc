// An experiment file: complained about, or written out and read back as the same experiment.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/config/load.h"
#include "common/config/resolve.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muster::config;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const LoadResult loaded = parse_experiment(text, "fuzz.yaml", "/");
  if (!loaded.diagnostics.empty()) return 0;
  const LoadResult again = parse_experiment(to_yaml(loaded.experiment), "again.yaml", "/");
  if (!again.diagnostics.empty() || !(again.experiment == loaded.experiment)) std::abort();
  return 0;
}
