#include "common/run/all_reduce_bench.h"

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

nlohmann::json json_of(const BenchTimes& times) {
  return {{"median_seconds", times.median_seconds},
          {"least_seconds", times.least_seconds},
          {"most_seconds", times.most_seconds},
          {"cpu_seconds", times.cpu_seconds}};
}

BenchTimes times_from(const nlohmann::json& json) {
  const wire::JsonReader read(json, ErrorCode::corrupt);
  BenchTimes times;
  read("median_seconds", times.median_seconds);
  read("least_seconds", times.least_seconds);
  read("most_seconds", times.most_seconds);
  read("cpu_seconds", times.cpu_seconds);
  return times;
}

nlohmann::json json_of(const AllReduceBenchSize& size) {
  return {{"bytes", size.bytes},
          {"rounds", size.rounds},
          {"step", json_of(size.step)},
          {"all_reduce", json_of(size.all_reduce)},
          {"mpi_allreduce", json_of(size.mpi)},
          {"memcpy", json_of(size.copy)}};
}

AllReduceBenchSize size_from(const nlohmann::json& json) {
  const wire::JsonReader read(json, ErrorCode::corrupt);
  AllReduceBenchSize size;
  read("bytes", size.bytes);
  read("rounds", size.rounds);
  const auto read_times = [&](const char* key, BenchTimes& times) {
    nlohmann::json object;
    read(key, object);
    times = times_from(object);
  };
  read_times("step", size.step);
  read_times("all_reduce", size.all_reduce);
  read_times("mpi_allreduce", size.mpi);
  read_times("memcpy", size.copy);
  return size;
}

}  // namespace

std::int64_t all_reduce_bench_memory(std::int64_t ranks, std::int64_t bytes) {
  // Each rank's buffer and the copy of it, the shared result, and MPI's and libtorch's own.
  constexpr std::int64_t kProcess = std::int64_t{256} << 20;
  return ranks * (2 * bytes + kProcess) + bytes;
}

void to_json(nlohmann::json& json, const AllReduceBench& bench) {
  nlohmann::json sizes = nlohmann::json::array();
  for (const AllReduceBenchSize& size : bench.sizes) sizes.push_back(json_of(size));
  json = {{"schema", kSchema},
          {"ranks", bench.ranks},
          {"host", bench.host},
          {"mpi_version", bench.mpi_version},
          {"sizes", std::move(sizes)}};
}

void from_json(const nlohmann::json& json, AllReduceBench& bench) {
  check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  read("ranks", bench.ranks);
  read("host", bench.host);
  read("mpi_version", bench.mpi_version);
  nlohmann::json sizes;
  read("sizes", sizes);
  if (!sizes.is_array()) throw Error(ErrorCode::corrupt, "sizes must be an array");
  bench.sizes.clear();
  for (const nlohmann::json& size : sizes) bench.sizes.push_back(size_from(size));
}

}  // namespace muster::run
