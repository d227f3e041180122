#include "comm/mpi/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <thread>

#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

constexpr int kSliceMs = 20;
constexpr int kBacklog = 4096;

[[noreturn]] void fail(const std::string& call) {
  throw Error(ErrorCode::unavailable,
              concat(call, " between the ranks of a node: ", errno_text(errno)));
}

FileDescriptor make_socket() {
  FileDescriptor descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!descriptor) fail("socket");
  return descriptor;
}

struct Address {
  sockaddr_un data = {};
  socklen_t length = 0;
};

// An abstract name begins with a zero byte and is as long as it says.
Address abstract(const std::string& name) {
  Address address;
  address.data.sun_family = AF_UNIX;
  MUSTER_ASSERT(name.size() + 1 < sizeof(address.data.sun_path), "a socket name too long");
  std::copy(name.begin(), name.end(), address.data.sun_path + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

void wait_for(int descriptor, short events, const WaitCheck& check) {
  while (true) {
    pollfd entry{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, kSliceMs);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail("poll");
    check();
  }
}

bool is_temporary(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

// A message of one number with room for one descriptor beside it.
struct Envelope {
  explicit Envelope(std::int64_t* value) : part{.iov_base = value, .iov_len = sizeof(*value)} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }

  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr header = {};
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

UnixSocket UnixSocket::listen(const std::string& name) {
  UnixSocket socket(make_socket());
  const Address address = abstract(name);
  if (::bind(socket.descriptor_.number(), reinterpret_cast<const sockaddr*>(&address.data),
             address.length) != 0) {
    fail("bind");
  }
  if (::listen(socket.descriptor_.number(), kBacklog) != 0) fail("listen");
  return socket;
}

UnixSocket UnixSocket::connect(const std::string& name, const WaitCheck& check) {
  UnixSocket socket(make_socket());
  const Address address = abstract(name);
  while (::connect(socket.descriptor_.number(), reinterpret_cast<const sockaddr*>(&address.data),
                   address.length) != 0) {
    if (!is_temporary(errno)) fail("connect");
    check();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!socket.is_of_same_user()) {
    throw Error(ErrorCode::unavailable,
                "another user listens where the first rank of this node should");
  }
  return socket;
}

UnixSocket UnixSocket::accept(const WaitCheck& check) const {
  while (true) {
    wait_for(descriptor_.number(), POLLIN, check);
    UnixSocket peer(FileDescriptor(
        ::accept4(descriptor_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
    if (peer.descriptor_ && peer.is_of_same_user()) return peer;
    if (!peer.descriptor_ && !is_temporary(errno) && errno != ECONNABORTED) fail("accept");
  }
}

bool UnixSocket::is_of_same_user() const {
  ucred credentials = {};
  socklen_t length = sizeof(credentials);
  return ::getsockopt(descriptor_.number(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 &&
         credentials.uid == ::geteuid();
}

void UnixSocket::send(std::int64_t value, int descriptor, const WaitCheck& check) const {
  Envelope envelope(&value);
  if (descriptor < 0) {
    envelope.header.msg_control = nullptr;
    envelope.header.msg_controllen = 0;
  } else {
    cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
  }
  while (::sendmsg(descriptor_.number(), &envelope.header, MSG_NOSIGNAL) < 0) {
    if (!is_temporary(errno)) fail("sendmsg");
    wait_for(descriptor_.number(), POLLOUT, check);
  }
}

SocketMessage UnixSocket::receive(const WaitCheck& check) const {
  SocketMessage message;
  Envelope envelope(&message.value);
  ssize_t received = 0;
  while ((received = ::recvmsg(descriptor_.number(), &envelope.header, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == ECONNRESET) break;
    if (!is_temporary(errno)) fail("recvmsg");
    wait_for(descriptor_.number(), POLLIN, check);
  }
  if (received != sizeof(message.value)) {
    throw Error(ErrorCode::aborted, "another rank of this node ended while memory was shared");
  }
  const cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights), sizeof(int));
    message.descriptor = FileDescriptor(number);
  }
  return message;
}

}  // namespace muster::comm
