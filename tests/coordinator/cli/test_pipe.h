// A pipe with both ends in the test: what was written can be looked at, or left unread.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace muster::coordinator::cli {

class TestPipe {
 public:
  TestPipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~TestPipe() {
    close_reader();
    ::close(ends_[1]);
  }
  TestPipe(const TestPipe&) = delete;
  TestPipe& operator=(const TestPipe&) = delete;

  int writer() const { return ends_[1]; }

  void close_reader() {
    if (ends_[0] >= 0) {
      ::close(ends_[0]);
      ends_[0] = -1;
    }
  }

  /// What has been written and fits into a buffer; something must have been.
  std::string read() {
    std::array<char, 65536> piece;
    const ssize_t count = ::read(ends_[0], piece.data(), piece.size());
    return count > 0 ? std::string(piece.data(), static_cast<std::size_t>(count)) : "";
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace muster::coordinator::cli
