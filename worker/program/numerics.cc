#include "worker/program/numerics.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "common/error.h"
#include "common/text.h"

namespace muster::worker {
namespace {

/// What an instruction set is called by those who choose kernels.
struct KernelNames {
  const char* libtorch;        // ATEN_CPU_CAPABILITY
  const char* libtorch_shows;  // at::get_cpu_capability()
  const char* onednn;          // ONEDNN_MAX_CPU_ISA
  const char* mkl;             // MKL_CBWR, "conditional numerical reproducibility"
};

KernelNames names_of(InstructionSet instructions) {
  switch (instructions) {
    case InstructionSet::baseline:
      return {"default", "DEFAULT", "SSE41", "COMPATIBLE"};
    case InstructionSet::avx2:
      return {"avx2", "AVX2", "AVX2", "AVX2"};
    case InstructionSet::avx512:
      return {"avx512", "AVX512", "AVX512_CORE", "AVX512"};
  }
  MUSTER_ASSERT(false, "unknown instruction set");
}

void set_instructions(InstructionSet instructions) {
  if (instructions > native_instruction_set()) {
    throw Error(ErrorCode::unsupported,
                concat("numerics.isa is ", to_string(instructions),
                       ", but this processor has only ", to_string(native_instruction_set())),
                "other instructions give other bits: set numerics.isa to what every machine has");
  }
  const KernelNames names = names_of(instructions);
  ::setenv("ATEN_CPU_CAPABILITY", names.libtorch, 1);
  ::setenv("ONEDNN_MAX_CPU_ISA", names.onednn, 1);
  ::setenv("MKL_CBWR", names.mkl, 1);
  ::setenv("MKL_DYNAMIC", "FALSE", 1);
  if (at::get_cpu_capability() != names.libtorch_shows) {
    throw Error(ErrorCode::invalid,
                concat("libtorch computes with ", at::get_cpu_capability(), " instructions, not ",
                       names.libtorch_shows),
                "this libtorch build has no such kernels: set numerics.isa to one that it has");
  }
}

using Body = void (*)(void*);

/// A function of the OpenMP library that libtorch brought along. (Linking one here would load a
/// second one.)
template <class Function>
Function of_openmp(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

/// The threads that a parallel region of `wanted` really runs on; `wanted` when there is no OpenMP
/// library to ask.
int threads_available(int wanted) {
  const auto parallel = of_openmp<void (*)(Body, void*, unsigned, unsigned)>("GOMP_parallel");
  if (parallel == nullptr) return wanted;
  std::atomic<int> running = 0;
  parallel([](void* counter) { ++*static_cast<std::atomic<int>*>(counter); }, &running,
           static_cast<unsigned>(wanted), 0);
  return running;
}

void set_threads(int threads) {
  // OMP_DYNAMIC is read when the library is loaded, before main: too early for a variable.
  if (const auto set_dynamic = of_openmp<void (*)(int)>("omp_set_dynamic")) set_dynamic(0);
  const int available = threads_available(threads);
  if (available < threads) {
    const char* limit = std::getenv("OMP_THREAD_LIMIT");
    throw Error(ErrorCode::unsupported,
                concat("threads is ", threads, ", but a worker gets only ", available,
                       limit ? concat(" (OMP_THREAD_LIMIT is ", limit, ")") : ""),
                limit ? "raise or unset OMP_THREAD_LIMIT, or lower threads"
                      : "lower threads, or ask for more processor time for each worker");
  }
  at::set_num_threads(threads);
  at::set_num_interop_threads(1);
}

}  // namespace

void set_numerics(const config::Experiment& experiment) {
  MUSTER_ASSERT(experiment.numerics.isa.has_value(), "an experiment that is not resolved");
  set_instructions(*experiment.numerics.isa);
  set_threads(experiment.threads);
  at::globalContext().setDeterministicAlgorithms(/*enabled=*/true, /*warn_only=*/false);
}

}  // namespace muster::worker
