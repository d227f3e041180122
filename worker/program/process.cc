#include "worker/program/process.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/util/Exception.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <torch/version.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "common/error.h"
#include "common/flight/recorder.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/text.h"
#include "common/version.h"

namespace muster::worker {

void die_with_parent() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::raise(SIGKILL);  // It ended before the call.
}

void redirect_output(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    throw Error(ErrorCode::storage, concat(path, ": cannot be opened: ", errno_text(errno)));
  }
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
}

std::string libtorch_version() {
  return concat(TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR, ".", TORCH_VERSION_PATCH);
}

std::string error_text(const std::exception& error) {
  const auto* of_libtorch = dynamic_cast<const c10::Error*>(&error);
  return of_libtorch ? of_libtorch->what_without_backtrace() : error.what();
}

InstructionSet least_instruction_set(comm::Communicator& communicator) {
  auto least = static_cast<std::int64_t>(native_instruction_set());
  communicator.all_reduce({&least, 1, DType::int64}, comm::ReduceOp::min, {.label = "instructions"})
      .wait();
  return static_cast<InstructionSet>(least);
}

void check_same_everywhere(comm::Communicator& communicator, const std::string& config_hash) {
  const std::string identity =
      concat(kVersion, "\n", at::show_config(), "\n", at::get_cpu_capability(), "\n",
             at::get_num_threads(), "\n", config_hash);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(identity)));
  std::int64_t least =
      static_cast<std::int64_t>(std::stoull(hash.hex().substr(0, 15), nullptr, 16));
  std::int64_t greatest = least;
  communicator.all_reduce({&least, 1, DType::int64}, comm::ReduceOp::min, {.label = "identity"})
      .wait();
  communicator.all_reduce({&greatest, 1, DType::int64}, comm::ReduceOp::max, {.label = "identity"})
      .wait();
  if (least == greatest) return;
  throw Error(ErrorCode::invalid,
              "the ranks differ: not all have the same experiment, data, Muster, libtorch and "
              "vector instructions",
              concat("this rank (", communicator.rank().index, ") has Muster ", kVersion,
                     ", libtorch ", libtorch_version(), ", ", at::get_num_threads(), " threads, ",
                     at::get_cpu_capability(), " instructions, configuration ",
                     config_hash.substr(0, 12), "; compare with the other ranks' logs"));
}

void keep_flight_record(comm::Communicator& communicator, const run::RunDirectory& run,
                        std::int64_t generation) {
  const comm::Rank rank = communicator.rank();
  try {
    communicator.keep_record(std::make_unique<flight::Recorder>(
        run.flight(),
        flight::Owner{.rank = rank.index, .ranks = rank.count, .generation = generation}));
  } catch (const Error& error) {
    log::warning(concat(error.what(), "; training goes on without one"));
  }
}

}  // namespace muster::worker
