#include "comm/mpi/memfd_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

[[noreturn]] void fail(std::string_view call, std::size_t bytes, int error_number) {
  throw Error(ErrorCode::unavailable,
              concat("cannot share ", human_bytes(static_cast<double>(bytes)),
                     " between the ranks of a node: ", call, ": ", errno_text(error_number)));
}

// Of fixed size for ever: a rank that maps it can never be hurt by another one cutting it short.
FileDescriptor make_memory(std::size_t bytes) {
  FileDescriptor memory(::memfd_create("muster", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) fail("memfd_create", bytes, errno);
  if (::ftruncate(memory.number(), static_cast<off_t>(bytes)) != 0) fail("ftruncate", bytes, errno);
  if (::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    fail("fcntl", bytes, errno);
  }
  return memory;
}

FileDescriptor my_pidfd() {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
}

}  // namespace

MemfdHost::MemfdHost(const NodePlace& place, const UnixSocket& listener,
                     const std::string& first_name, Deadline deadline)
    : place_(place),
      peers_(static_cast<std::size_t>(place.local_rank == 0 ? place.local_ranks : 1)),
      pidfds_(static_cast<std::size_t>(place.local_ranks)) {
  const WaitCheck check = [deadline] {
    if (deadline.has_passed()) {
      throw Error(ErrorCode::timeout, "the ranks of this node did not all come to meet");
    }
  };
  if (place_.local_rank == 0) {
    gather_peers(listener, check);
  } else {
    join_first(first_name, check);
  }
}

void MemfdHost::gather_peers(const UnixSocket& listener, const WaitCheck& check) {
  pidfds_[0] = my_pidfd();
  for (int missing = place_.local_ranks - 1; missing > 0; --missing) {
    UnixSocket peer = listener.accept(check);
    SocketMessage hello = peer.receive(check);
    const auto index = static_cast<std::size_t>(hello.value);
    if (hello.value < 1 || hello.value >= place_.local_ranks || pidfds_[index]) {
      throw Error(ErrorCode::unavailable, concat("a process that says it is rank ", hello.value,
                                                 " of this node does not belong to this world"));
    }
    peers_[index] = std::move(peer);
    pidfds_[index] = std::move(hello.descriptor);
  }
  for (std::size_t peer = 1; peer < peers_.size(); ++peer) {
    for (std::size_t rank = 0; rank < pidfds_.size(); ++rank) {
      peers_[peer].send(static_cast<std::int64_t>(rank), pidfds_[rank].number(), check);
    }
  }
}

void MemfdHost::join_first(const std::string& first_name, const WaitCheck& check) {
  peers_[0] = UnixSocket::connect(first_name, check);
  peers_[0].send(place_.local_rank, my_pidfd().number(), check);
  for (FileDescriptor& pidfd : pidfds_) pidfd = peers_[0].receive(check).descriptor;
}

std::shared_ptr<Mapping> MemfdHost::share(std::size_t bytes, Backing backing,
                                          const std::function<void()>& check) {
  FileDescriptor memory;
  if (place_.local_rank == 0) {
    memory = make_memory(bytes);
    for (std::size_t peer = 1; peer < peers_.size(); ++peer) {
      peers_[peer].send(static_cast<std::int64_t>(bytes), memory.number(), check);
    }
  } else {
    SocketMessage message = peers_[0].receive(check);
    memory = std::move(message.descriptor);
    MUSTER_ASSERT(memory && message.value == static_cast<std::int64_t>(bytes),
                  "ranks of a node share memory of different sizes");
  }
  if (backing == Backing::reserved) reserve_my_share(memory.number(), bytes);
  return Mapping::of_file(memory.number(), bytes);
}

// Each rank has its own part of the pages made, on its own memory bank. Without this a machine that
// runs out of memory kills a process at some later write.
void MemfdHost::reserve_my_share(int descriptor, std::size_t bytes) const {
  const auto pages = static_cast<std::int64_t>(whole_pages(bytes) / whole_pages(1));
  const auto page = static_cast<std::int64_t>(whole_pages(1));
  const std::int64_t begin = pages * place_.local_rank / place_.local_ranks * page;
  const std::int64_t end = pages * (place_.local_rank + 1) / place_.local_ranks * page;
  if (begin == end) return;
  const int result = ::posix_fallocate(descriptor, begin, end - begin);
  if (result != 0) fail("posix_fallocate", bytes, result);
}

bool MemfdHost::has_ended(int local_rank) {
  const FileDescriptor& pidfd = pidfds_[static_cast<std::size_t>(local_rank)];
  if (!pidfd) return false;
  pollfd entry{.fd = pidfd.number(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

}  // namespace muster::comm
