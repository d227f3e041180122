// `muster bench`: workers under mpirun measure, this prints. Everything that is started or written
// meanwhile is gone at the end, also after Ctrl-C.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/available_memory.h"
#include "common/run/json_file.h"
#include "common/run/plan.h"
#include "common/text.h"
#include "coordinator/cli/bench_report.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/inspect.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/launch/parent.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/launch/world.h"

namespace muster::coordinator::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kGeneration = 1;

void require_memory(const BenchAllReduceOptions& options) {
  const std::int64_t largest = *std::max_element(options.sizes.begin(), options.sizes.end());
  const std::int64_t needed = run::all_reduce_bench_memory(options.ranks, largest);
  const std::optional<std::int64_t> available = available_memory_bytes();
  if (!available || needed <= *available) return;
  throw Error(
      ErrorCode::invalid,
      concat("buffers of ", human_bytes(static_cast<double>(largest)), " on ", options.ranks,
             " ranks take ", human_bytes(static_cast<double>(needed)), " of memory, but only ",
             human_bytes(static_cast<double>(*available)), " are available"),
      "give smaller --sizes or fewer --ranks");
}

/// Long for any machine that one would train on: of 10 MB/s, and a slow start.
Clock::duration longest(const BenchAllReduceOptions& options) {
  std::int64_t bytes = 0;
  for (const std::int64_t size : options.sizes) bytes += size;
  return seconds(120 + 10 * static_cast<std::int64_t>(options.sizes.size()) +
                 bytes * options.ranks / 10'000'000);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

LaunchRequest launch_request(const BenchAllReduceOptions& options,
                             const std::filesystem::path& temporary) {
  LaunchRequest request;
  request.worker_program = find_worker_program().string();
  request.workers = options.ranks;
  request.temporary = temporary;
  request.as_root = ::geteuid() == 0;
  request.mpirun = find_mpirun().string();
  std::vector<std::string> sizes;
  for (const std::int64_t size : options.sizes) sizes.push_back(std::to_string(size));
  request.arguments = {"--bench",        "allreduce", "--sizes",
                       join(sizes, ","), "--output",  (temporary / "result.json").string()};
  return request;
}

/// Waits for mpirun; what the workers measured, or an Error with what they said.
run::AllReduceBench measure(const LaunchRequest& request, Clock::duration patience) {
  const std::filesystem::path log = request.temporary / "output";
  World world(mpirun_command({}, {}, request), request.temporary, log);
  const Deadline deadline = Deadline::after(patience);
  pollfd entry{.fd = world.pidfd(), .events = POLLIN, .revents = 0};
  while (::poll(&entry, 1, static_cast<int>(milliseconds(seconds(1)).count())) != 1) {
    if (!deadline.has_passed()) continue;
    throw Error(ErrorCode::timeout,
                concat("the benchmark did not end within ",
                       human_seconds(std::chrono::duration<double>(patience).count())),
                "is the machine busy with something else?");
  }
  const std::string words = contents(log);
  const std::filesystem::path result = request.temporary / "result.json";
  const bool is_there = std::filesystem::exists(result);
  run::AllReduceBench bench;
  if (is_there) bench = run::read_from_json_file<run::AllReduceBench>(result.string());
  const ProcessEnd end = world.finish();
  if (is_there && end.is_success()) return bench;
  throw Error(ErrorCode::aborted, concat("the benchmark failed; its output:\n", words));
}

int measure_and_print(const BenchAllReduceOptions& options, const LaunchRequest& request) {
  const run::AllReduceBench bench = measure(request, longest(options));
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  write_all(STDOUT_FILENO,
            options.json ? bench_json(bench).dump(2) + "\n" : bench_text(bench, cores));
  return exit_code::kOk;
}

}  // namespace

int bench_all_reduce_command(const BenchAllReduceOptions& options, const Terminal&) {
  require_memory(options);
  const std::string id = run::make_run_id();
  const LaunchRequest request = launch_request(options, temporary_folder(id, kGeneration));
  write_if_possible(STDERR_FILENO, concat("measuring ", options.sizes.size(), " sizes on ",
                                          options.ranks, " ranks, about 2 seconds each\n"));
  return supervise([&] { return measure_and_print(options, request); },
                   [&] { remove_temporary_folders_of(id); });
}

}  // namespace muster::coordinator::cli
