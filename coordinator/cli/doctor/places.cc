#include "coordinator/cli/doctor/places.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "common/atomic_file.h"
#include "common/deadline.h"
#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/run/metrics_log.h"
#include "common/text.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli::doctor {
namespace {

constexpr double kLittleSpace = 1e9;  // Bytes.
constexpr double kSlowSync = 0.25;    // Seconds.
constexpr int kConnectPatienceMs = 2000;

/// Of statfs(2); the kernel's numbers.
std::string file_system_name(std::int64_t type) {
  switch (static_cast<std::uint32_t>(type)) {
    case 0xef53:
      return "ext4";
    case 0x58465342:
      return "XFS";
    case 0x9123683e:
      return "Btrfs";
    case 0x2fc12fc1:
      return "ZFS";
    case 0x01021994:
      return "tmpfs";
    case 0x794c7630:
      return "overlayfs";
    case 0x6969:
      return "NFS";
    case 0x0bd00bd0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x00c36400:
      return "Ceph";
    case 0x65735546:
      return "FUSE";
    default:
      return "a file system";
  }
}

/// What a run does to its folder. Throws Error{storage}. Returns how long one fsync took.
double try_out(const std::filesystem::path& trial) {
  const auto start = Clock::now();
  write_file_atomic(trial / "renamed", "1");
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  write_file_atomic(trial / "renamed", "2");
  if (read_file(trial / "renamed") != "2") {
    throw Error(ErrorCode::storage, concat(trial.string(), ": a renamed file shows old contents"));
  }
  if (!create_exclusive(trial / "linked", "1") || create_exclusive(trial / "linked", "2")) {
    throw Error(ErrorCode::storage,
                concat(trial.string(), ": link(2) does not keep a file from being made twice"));
  }
  StagedFolder folder(trial / ".staged");
  folder.publish(trial / "published");
  return seconds;
}

bool has_locks(const std::filesystem::path& trial) {
  const std::string path = (trial / "metrics.jsonl").string();
  const run::MetricsLog log(path);
  return run::writer_of(path) == run::Writer::lives;
}

void warn(Finding& finding, const std::string& advice) {
  finding.verdict = Verdict::warning;
  finding.advice += (finding.advice.empty() ? "" : "; ") + advice;
}

}  // namespace

std::filesystem::path nearest_folder(std::filesystem::path path) {
  std::error_code error;
  while (!std::filesystem::is_directory(path, error) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

Finding look_at_run_root(const std::filesystem::path& root, const std::filesystem::path& trial,
                         const std::string& problem) {
  Finding finding{.name = "run folders"};
  const std::string shown = path_from_here(root.string());
  const auto refuse = [&](const std::string& why) {
    finding.verdict = Verdict::problem;
    finding.seen = concat(shown, ": ", why);
    finding.advice = "runs need a place to write to: set MUSTER_RUNS, or output.dir in experiments";
    return finding;
  };
  if (trial.empty()) return refuse(problem);
  struct statfs status {};
  if (::statfs(trial.c_str(), &status) != 0) return refuse(errno_text(errno));
  const double free_bytes =
      static_cast<double>(status.f_bavail) * static_cast<double>(status.f_bsize);
  try {
    const double sync_seconds = try_out(trial);
    finding.seen = concat(shown, " on ", file_system_name(status.f_type), ", ",
                          human_bytes(free_bytes), " free; rename, link and fsync work");
    if (sync_seconds > kSlowSync) {
      warn(finding, concat("fsync takes ", human_seconds(sync_seconds),
                           ": checkpoints will be slow; try another file system"));
    }
    if (!has_locks(trial)) {
      finding.seen += "; locks do not";
      warn(finding, "'muster status' cannot tell here whether a run is alive: mount it with locks");
    }
    if (free_bytes < kLittleSpace) warn(finding, "make room: checkpoints go there");
    return finding;
  } catch (const Error& error) {
    return refuse(error.what());
  }
}

Finding look_at_network() {
  Finding finding{.name = "network"};
  const auto refuse = [&](const std::string& what) {
    finding.verdict = Verdict::problem;
    finding.seen = concat("cannot ", what, " 127.0.0.1: ", errno_text(errno));
    finding.advice =
        "workers talk to the coordinator over TCP: bring the loopback interface up (ip link set "
        "lo up), and let firewall and container allow it";
    return finding;
  };
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.is_open() || ::bind(listener.get(), generic, length) != 0 ||
      ::listen(listener.get(), 1) != 0 || ::getsockname(listener.get(), generic, &length) != 0) {
    return refuse("listen on");
  }
  const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int connected = ::connect(client.get(), generic, length);
  pollfd waiting{.fd = listener.get(), .events = POLLIN, .revents = 0};
  if ((connected != 0 && errno != EINPROGRESS) || ::poll(&waiting, 1, kConnectPatienceMs) != 1) {
    return refuse("connect to");
  }
  finding.seen = "the loopback interface listens and connects";
  return finding;
}

}  // namespace muster::coordinator::cli::doctor
