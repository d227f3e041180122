// An open file that is closed when its owner ends.
#pragma once

#include <unistd.h>

#include <utility>

namespace muster {

class FileDescriptor {
 public:
  /// Owns `number`, the result of open(2) and the like; -1 (they failed) owns nothing.
  explicit FileDescriptor(int number = -1) : number_(number) {}
  ~FileDescriptor() { close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }

  bool is_open() const { return number_ >= 0; }
  int get() const { return number_; }

  /// Closes now. False, with errno set, when close(2) says that earlier writes failed (NFS does).
  bool close() { return !is_open() || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

}  // namespace muster
