#include "coordinator/cli/bench_report.h"

#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/text.h"
#include "common/units.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::int64_t kBytesPerElement = 4;
constexpr std::int64_t kLargest = std::numeric_limits<int>::max() * kBytesPerElement;

double rate(std::int64_t bytes, double seconds) {
  return seconds > 0 ? 1e-9 * static_cast<double>(bytes) / seconds : 0;
}

/// Three digits: "54.2", "6.61", "128".
std::string short_number(double value) {
  std::array<char, 32> text{};
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

/// "54.2 (50.1-56.0)": of the median, then of the slowest and the fastest sample.
std::string rates(std::int64_t bytes, const run::BenchTimes& times) {
  return concat(short_number(rate(bytes, times.median_seconds)), " (",
                short_number(rate(bytes, times.most_seconds)), "-",
                short_number(rate(bytes, times.least_seconds)), ")");
}

double ratio(const run::BenchTimes& ours, const run::BenchTimes& theirs) {
  return ours.median_seconds > 0 ? theirs.median_seconds / ours.median_seconds : 0;
}

}  // namespace

std::vector<std::int64_t> parse_bench_sizes(const std::string& text) {
  std::vector<std::int64_t> sizes;
  for (const std::string& word : split(text, ',')) {
    std::int64_t bytes = 0;
    try {
      bytes = parse_bytes(word);
    } catch (const Error& error) {
      throw Error(error.code(), concat("--sizes: ", error.what()), error.hint());
    }
    if (bytes % kBytesPerElement != 0 || bytes > kLargest) {
      throw Error(ErrorCode::invalid, concat("--sizes: '", word, "' cannot be measured"),
                  concat("float32 numbers, so a multiple of 4 bytes, at most ", kLargest, "B"));
    }
    sizes.push_back(bytes);
  }
  return sizes;
}

std::string bench_text(const run::AllReduceBench& bench, int cores) {
  std::vector<std::vector<std::string>> rows = {
      {"size", "step", "all_reduce", "MPI", "memcpy", "step/MPI", "all/MPI"}};
  for (const run::AllReduceBenchSize& size : bench.sizes) {
    rows.push_back({bytes_to_string(size.bytes), rates(size.bytes, size.step),
                    rates(size.bytes, size.all_reduce), rates(size.bytes, size.mpi),
                    rates(size.bytes, size.copy), short_number(ratio(size.step, size.mpi)),
                    short_number(ratio(size.all_reduce, size.mpi))});
  }
  const std::string mpi = bench.mpi_version.substr(0, bench.mpi_version.find(','));
  std::string text =
      concat("All-reduce of float32, ", counted(bench.ranks, "rank"), " on ", bench.host, " (",
             counted(cores, "core"), "), ", mpi, "\n\n", table(rows, 0), "\n");
  text +=
      "GB/s: bytes of the buffer by seconds of one call on the slowest rank; the median (slowest "
      "to\n"
      "fastest) of samples that the methods took in turns, on the same memory, after a warm-up.\n"
      "  step        reduce_scatter and all_gather in shared memory, as in a training step\n"
      "  all_reduce  Muster's all_reduce in shared memory, in place\n"
      "  MPI         MPI_Allreduce of the same buffers, in place\n"
      "  memcpy      a copy of the buffer to private memory, on all ranks at once\n";
  if (bench.ranks > cores) {
    text += "There are more ranks than cores: they wait for cores more than for memory.\n";
  }
  return text;
}

nlohmann::json bench_json(const run::AllReduceBench& bench) {
  nlohmann::json json = bench;
  for (std::size_t index = 0; index < bench.sizes.size(); ++index) {
    const run::AllReduceBenchSize& size = bench.sizes[index];
    nlohmann::json& of_size = json["sizes"][index];
    for (const char* method : {"step", "all_reduce", "mpi_allreduce", "memcpy"}) {
      of_size[method]["gigabytes_per_second"] =
          rate(size.bytes, of_size[method]["median_seconds"].get<double>());
    }
    of_size["step_by_mpi"] = ratio(size.step, size.mpi);
    of_size["all_reduce_by_mpi"] = ratio(size.all_reduce, size.mpi);
  }
  return json;
}

}  // namespace muster::coordinator::cli
