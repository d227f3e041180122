#include "coordinator/cli/doctor/machine.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/hash.h"
#include "common/text.h"
#include "coordinator/cli/doctor/limits.h"
#include "coordinator/cli/layout.h"
#include "coordinator/launch/process.h"

namespace muster::coordinator::cli::doctor {
namespace {

constexpr std::int64_t kLittleMemory = std::int64_t{2} << 30;
constexpr std::int64_t kLittleSharedMemory = std::int64_t{256} << 20;
constexpr std::uint64_t kFewFiles = 1024;
constexpr off_t kTrialBytes = 1 << 20;

std::string read_text(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// What stands behind the first "KEY:" of a file of /proc; empty without it.
std::string value_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t end = line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1);
    if (line.substr(0, end + 1) == key) return line.substr(colon + 1);
  }
  return {};
}

std::int64_t kibibytes_in(const char* path, const std::string& key) {
  return std::strtoll(value_in(path, key).c_str(), nullptr, 10) << 10;
}

ThreadFacts thread_facts() {
  ThreadFacts facts;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    facts.cores = CPU_COUNT(&set);
  } else {  // More cores than the set can hold.
    facts.cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  }
  facts.quota = cpu_quota();
  const char* limit = std::getenv("OMP_THREAD_LIMIT");
  facts.thread_limit_variable = limit == nullptr ? "" : limit;
  return facts;
}

/// Writes a little into /dev/shm, under a name that is removed before anything else.
std::string shared_memory_problem() {
  const std::string name = random_bytes(8);
  const std::string path =
      concat("/dev/shm/muster-", ::getuid(), "-doctor-", to_hex(std::as_bytes(std::span(name))));
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_text(errno);
  ::unlink(path.c_str());
  const int error = ::posix_fallocate(file.get(), 0, kTrialBytes);
  return error == 0 ? "" : errno_text(error);
}

Finding look_at_shared_memory() {
  struct statvfs status {};
  const bool is_there = ::statvfs("/dev/shm", &status) == 0;
  const std::int64_t free_bytes = is_there ? static_cast<std::int64_t>(status.f_bavail) *
                                                 static_cast<std::int64_t>(status.f_frsize)
                                           : 0;
  return judge_shared_memory(free_bytes, shared_memory_problem());
}

/// What Muster asks of the kernel and an old one does not have.
Finding look_at_kernel() {
  utsname names{};
  ::uname(&names);
  Finding finding{.name = "kernel", .seen = concat(names.sysname, " ", names.release)};
  const FileDescriptor process = open_pidfd(::getpid());
  const FileDescriptor memory(::memfd_create("muster-doctor", MFD_CLOEXEC));
  if (!process.is_open() || !memory.is_open()) {
    finding.verdict = Verdict::problem;
    finding.seen += concat(" has no ", process.is_open() ? "memfd_create" : "pidfd_open");
    finding.advice = "Linux 5.3 or newer is needed; a container's security profile may forbid it";
  }
  return finding;
}

Finding look_at_gpu() {
  Finding finding{.name = "GPU", .seen = "none, and none is needed: Muster computes on the CPU"};
  const std::string version = read_text("/proc/driver/nvidia/version");
  if (version.empty()) return finding;
  const std::string line = version.substr(0, version.find('\n'));
  finding.seen = concat(line.substr(line.find(':') + 1), "; not used by this version of Muster");
  finding.seen.erase(0, finding.seen.find_first_not_of(' '));
  return finding;
}

}  // namespace

Finding judge_threads(const ThreadFacts& facts) {
  Finding finding{.name = "cores", .seen = counted(facts.cores, "core")};
  double usable = facts.cores;
  if (facts.quota && *facts.quota < usable) {
    usable = *facts.quota;
    finding.seen += concat(", ", shortest(usable), " allowed by the control group");
  }
  if (!facts.thread_limit_variable.empty()) {
    finding.verdict = Verdict::warning;
    finding.seen += concat(", OMP_THREAD_LIMIT=", facts.thread_limit_variable);
    finding.advice =
        "unset OMP_THREAD_LIMIT: a worker with more 'threads' than that does not get them";
  } else if (usable < 2) {
    finding.verdict = Verdict::warning;
    finding.advice = "two workers share this core: they are no faster than one";
  } else {
    finding.seen += concat(": workers x threads up to ", static_cast<int>(usable),
                           " do not get into each other's way");
  }
  return finding;
}

Finding judge_memory(const MemoryFacts& facts) {
  Finding finding{
      .name = "memory",
      .seen = concat(human_bytes(static_cast<double>(facts.available_bytes)), " of ",
                     human_bytes(static_cast<double>(facts.total_bytes)), " available")};
  std::int64_t usable = facts.available_bytes;
  if (facts.limit_bytes && *facts.limit_bytes < facts.total_bytes) {
    usable = std::min(usable, *facts.limit_bytes);
    finding.seen += concat(", ", human_bytes(static_cast<double>(*facts.limit_bytes)),
                           " allowed by the control group");
  }
  if (usable < kLittleMemory) {
    finding.verdict = Verdict::warning;
    finding.advice =
        "a worker takes about 0.3 GB before its model: 'muster plan EXP.yaml' says what is needed";
  }
  return finding;
}

Finding judge_instructions(const std::string& flags) {
  Finding finding{.name = "vectors"};
  const auto has = [&](const std::string& flag) {
    return (flags + " ").find(" " + flag + " ") != std::string::npos;
  };
  if (has("avx512f") && has("avx512dq") && has("avx512vl") && has("avx512bw")) {
    finding.seen = "AVX-512";
  } else if (has("avx2") && has("fma")) {
    finding.seen = "AVX2";
  } else {
    finding.verdict = Verdict::warning;
    finding.seen = flags.empty() ? "not an x86-64 processor" : "neither AVX2 nor AVX-512";
    finding.advice =
        "training works, but slowly, and gives other bits than on processors with them";
  }
  return finding;
}

Finding judge_open_files(std::uint64_t soft, std::uint64_t hard) {
  const auto in_words = [](std::uint64_t limit) {
    return limit == RLIM_INFINITY ? std::string("any number")
                                  : with_thousands(static_cast<long long>(limit));
  };
  Finding finding{.name = "open files", .seen = in_words(soft)};
  if (soft >= kFewFiles) return finding;
  finding.verdict = Verdict::warning;
  finding.advice = concat("ulimit -n ", std::min<std::uint64_t>(hard, 4096),
                          ": the coordinator needs two for each worker and 64 more",
                          hard < kFewFiles ? "; the hard limit is low too: ask who runs this "
                                             "machine"
                                           : "");
  return finding;
}

Finding judge_shared_memory(std::int64_t free_bytes, const std::string& problem) {
  Finding finding{.name = "/dev/shm",
                  .seen = concat(human_bytes(static_cast<double>(free_bytes)), " free")};
  if (!problem.empty()) {
    finding.verdict = Verdict::problem;
    finding.seen = concat("cannot be written to: ", problem);
    finding.advice = "mount a tmpfs there (in a container: --shm-size=1g)";
  } else if (free_bytes < kLittleSharedMemory) {
    finding.verdict = Verdict::warning;
    finding.advice = "make it larger (in a container: --shm-size=1g): MPI between workers uses it";
  }
  return finding;
}

std::vector<Finding> look_at_machine() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return {judge_threads(thread_facts()),
          judge_instructions(value_in("/proc/cpuinfo", "flags")),
          judge_memory({.total_bytes = kibibytes_in("/proc/meminfo", "MemTotal"),
                        .available_bytes = kibibytes_in("/proc/meminfo", "MemAvailable"),
                        .limit_bytes = memory_limit()}),
          look_at_shared_memory(),
          judge_open_files(files.rlim_cur, files.rlim_max),
          look_at_kernel(),
          look_at_gpu()};
}

}  // namespace muster::coordinator::cli::doctor
