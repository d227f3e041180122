// What `muster bench allreduce` starts on every rank. The methods take turns on the same buffers
// within one run, so that what else the machine does hits all of them alike.
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "comm/mpi/mpi_world.h"
#include "common/deadline.h"
#include "common/error.h"
#include "common/host_name.h"
#include "common/run/all_reduce_bench.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "worker/program/process.h"
#include "worker/program/programs.h"

namespace muster::worker {
namespace {

constexpr auto kTimeout = std::chrono::minutes(1);  // Of one operation.
constexpr double kSecondsPerSize = 1.5;
constexpr int kRoundsMin = 7;
constexpr int kRoundsMax = 101;
// A sample has at least so many bytes, so that reading the clock does not count.
constexpr std::int64_t kSampleBytes = 64'000'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The buffers of one rank, for the largest size; smaller ones use their beginnings.
class Buffers {
 public:
  Buffers(comm::Communicator& communicator, std::size_t bytes)
      : mine_(communicator.allocate_shared(bytes, comm::Sharing::one_per_rank)),
        whole_(communicator.allocate_shared(bytes, comm::Sharing::one_per_node)),
        copy_(bytes / sizeof(float)) {}

  float* mine() { return reinterpret_cast<float*>(mine_->mine().data()); }
  float* whole() { return reinterpret_cast<float*>(whole_->mine().data()); }
  float* copy() { return copy_.data(); }

 private:
  std::shared_ptr<comm::SharedMemory> mine_;
  std::shared_ptr<comm::SharedMemory> whole_;
  std::vector<float> copy_;
};

/// Whole numbers, so that sums are exact in any order.
float value_of(int rank, std::int64_t element) {
  return static_cast<float>(element % 251 + rank + 1);
}

/// One size: the methods, each a call that all ranks make together.
class Sums {
 public:
  static constexpr std::size_t kMethods = 4;

  Sums(comm::Communicator& communicator, Buffers& buffers, std::int64_t count)
      : communicator_(communicator),
        buffers_(buffers),
        count_(count),
        owned_(shards(count, communicator.rank().count)),
        layout_(communicator.rank().count, one_lane_each(communicator.rank().count), count,
                DType::float32, owned_) {}

  void call(std::size_t method) {
    switch (method) {
      case 0:
        return step();
      case 1:
        return communicator_
            .all_reduce({buffers_.mine(), count_, DType::float32}, comm::ReduceOp::sum,
                        {.label = "all_reduce"})
            .wait();
      case 2:
        MPI_Allreduce(MPI_IN_PLACE, buffers_.mine(), static_cast<int>(count_), MPI_FLOAT, MPI_SUM,
                      MPI_COMM_WORLD);
        return;
      default:
        std::memcpy(buffers_.copy(), buffers_.mine(), static_cast<std::size_t>(count_) * 4);
    }
  }

  /// Calls a method once and looks at every number. Throws Error{corrupt}.
  void check(std::size_t method) {
    float* const mine = buffers_.mine();
    const comm::Rank rank = communicator_.rank();
    for (std::int64_t i = 0; i < count_; ++i) mine[i] = value_of(rank.index, i);
    communicator_.barrier({}).wait();
    call(method);
    const std::array<const float*, kMethods> results = {buffers_.whole(), mine, mine,
                                                        buffers_.copy()};
    for (std::int64_t i = 0; i < count_; ++i) {
      float expected = 0;
      for (int other = 0; other < rank.count; ++other) expected += value_of(other, i);
      if (method == kMethods - 1) expected = value_of(rank.index, i);
      if (results[method][i] == expected) continue;
      throw Error(ErrorCode::corrupt, concat("method ", method, ": element ", i, " of ", count_,
                                             " is ", results[method][i], " instead of ", expected));
    }
    communicator_.barrier({}).wait();
  }

 private:
  void step() {
    const auto& mine = owned_[static_cast<std::size_t>(communicator_.rank().index)];
    const void* part = buffers_.mine();
    communicator_
        .reduce_scatter(layout_, {&part, 1}, buffers_.whole() + mine.begin, {.label = "gradients"})
        .wait();
    communicator_
        .all_gather({buffers_.whole(), count_, DType::float32}, owned_, {.label = "parameters"})
        .wait();
  }

  static std::vector<LaneRange> one_lane_each(int ranks) {
    std::vector<LaneRange> lanes;
    for (int rank = 0; rank < ranks; ++rank) lanes.push_back({rank, rank + 1});
    return lanes;
  }

  /// As a training cuts its arena: at multiples of 1,024 elements.
  static std::vector<comm::ElementRange> shards(std::int64_t count, int ranks) {
    constexpr std::int64_t kBlock = 1024;
    const std::int64_t blocks = (count + kBlock - 1) / kBlock;
    const auto edge = [&](int rank) { return std::min(count, blocks * rank / ranks * kBlock); };
    std::vector<comm::ElementRange> ranges;
    for (int rank = 0; rank < ranks; ++rank) ranges.push_back({edge(rank), edge(rank + 1)});
    return ranges;
  }

  comm::Communicator& communicator_;
  Buffers& buffers_;
  std::int64_t count_;
  std::vector<comm::ElementRange> owned_;
  comm::ReduceLayout layout_;
};

/// Seconds of one sample's calls, on every rank the same: those of the slowest.
struct Samples {
  std::vector<double> seconds;
  double cpu = 0;  // Of all samples and ranks.
};

void take_sample(comm::Communicator& communicator, Sums& sums, std::size_t method, int calls,
                 Samples& samples) {
  sums.call(method);  // The caches are then as this method leaves them, not the one before.
  communicator.barrier({}).wait();
  const double cpu_before = cpu_seconds();
  const auto start = Clock::now();
  for (int call = 0; call < calls; ++call) sums.call(method);
  double seconds = seconds_since(start) / calls;
  double cpu = (cpu_seconds() - cpu_before) / calls;
  communicator.all_reduce({&seconds, 1, DType::float64}, comm::ReduceOp::max, {}).wait();
  communicator.all_reduce({&cpu, 1, DType::float64}, comm::ReduceOp::sum, {}).wait();
  samples.seconds.push_back(seconds);
  samples.cpu += cpu;
}

run::BenchTimes summary_of(Samples samples) {
  std::sort(samples.seconds.begin(), samples.seconds.end());
  return {.median_seconds = samples.seconds[samples.seconds.size() / 2],
          .least_seconds = samples.seconds.front(),
          .most_seconds = samples.seconds.back(),
          .cpu_seconds = samples.cpu / static_cast<double>(samples.seconds.size())};
}

run::AllReduceBenchSize measure(comm::Communicator& communicator, Buffers& buffers,
                                std::int64_t bytes) {
  Sums sums(communicator, buffers, bytes / static_cast<std::int64_t>(sizeof(float)));
  for (std::size_t method = 0; method < Sums::kMethods; ++method) sums.check(method);

  const int calls = static_cast<int>(std::clamp<std::int64_t>(kSampleBytes / bytes, 1, 1000));
  const auto round = [&](std::array<Samples, Sums::kMethods>& samples) {
    for (std::size_t method = 0; method < Sums::kMethods; ++method) {
      take_sample(communicator, sums, method, calls, samples[method]);
    }
  };
  std::array<Samples, Sums::kMethods> warm_up;
  const auto start = Clock::now();
  round(warm_up);
  double seconds = seconds_since(start);
  communicator.all_reduce({&seconds, 1, DType::float64}, comm::ReduceOp::max, {}).wait();

  const int rounds =
      std::clamp(static_cast<int>(kSecondsPerSize / seconds), kRoundsMin, kRoundsMax);
  std::array<Samples, Sums::kMethods> samples;
  for (int index = 0; index < rounds; ++index) round(samples);
  return {.bytes = bytes,
          .rounds = rounds,
          .step = summary_of(samples[0]),
          .all_reduce = summary_of(samples[1]),
          .mpi = summary_of(samples[2]),
          .copy = summary_of(samples[3])};
}

void measure_all(comm::MpiWorld& world, const BenchArguments& arguments) {
  const auto communicator =
      world.make_communicator({.ranks_per_node = std::nullopt, .timeout = kTimeout});
  if (communicator->nodes().nodes() > 1) {
    throw Error(ErrorCode::unsupported, "the ranks were started on several hosts",
                "this measures memory: run it within one host");
  }
  const std::int64_t largest = *std::max_element(arguments.sizes.begin(), arguments.sizes.end());
  Buffers buffers(*communicator, static_cast<std::size_t>(largest));
  run::AllReduceBench bench{.ranks = world.rank().count,
                            .host = host_name(),
                            .mpi_version = world.library_version(),
                            .sizes = {}};
  for (const std::int64_t bytes : arguments.sizes) {
    bench.sizes.push_back(measure(*communicator, buffers, bytes));
  }
  if (world.rank().index == 0) run::write_json_file(arguments.output, bench);
}

}  // namespace

int bench_all_reduce(const BenchArguments& arguments) {
  die_with_parent();
  try {
    comm::MpiWorld world;
    try {
      measure_all(world, arguments);
      return exit_code::kOk;
    } catch (const Error& error) {
      std::cerr << "error: " << error.what() << (error.hint().empty() ? "" : " (") << error.hint()
                << (error.hint().empty() ? "" : ")") << '\n';
      ::_exit(exit_status(error.code()));
    }
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return exit_code::kSoftware;
  }
}

}  // namespace muster::worker
