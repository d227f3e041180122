// Unix sockets in the abstract name space (no file is left behind), over which the processes of a
// node hand each other file descriptors. Whole messages (SOCK_SEQPACKET).
//
// All failures are Error{unavailable}, or Error{aborted} where the peer has closed its end. Waits
// call `check` every few milliseconds, which throws to end them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace muster::comm {

/// Owns a file descriptor; -1 for none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

using WaitCheck = std::function<void()>;

/// A number, and a descriptor or none.
struct SocketMessage {
  std::int64_t value = 0;
  FileDescriptor descriptor;
};

class UnixSocket {
 public:
  UnixSocket() = default;

  static UnixSocket listen(const std::string& name);

  /// Connects to the process that listens under `name`, which must belong to the same user.
  static UnixSocket connect(const std::string& name, const WaitCheck& check);

  /// The next connection of a process of the same user; those of others are closed.
  UnixSocket accept(const WaitCheck& check) const;

  void send(std::int64_t value, int descriptor, const WaitCheck& check) const;
  SocketMessage receive(const WaitCheck& check) const;

 private:
  explicit UnixSocket(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  bool is_of_same_user() const;

  FileDescriptor descriptor_;
};

}  // namespace muster::comm
