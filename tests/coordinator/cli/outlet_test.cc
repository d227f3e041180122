#include "coordinator/cli/outlet.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "common/error.h"

namespace muster::coordinator::cli {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) {
        ::close(end);
      }
    }
  }
  void close_reader() {
    ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read() {
    std::array<char, 65536> piece;
    const ssize_t count = ::read(ends[0], piece.data(), piece.size());
    return count > 0 ? std::string(piece.data(), static_cast<std::size_t>(count)) : "";
  }

  std::array<int, 2> ends{};
};

TEST(Outlet, WritesAtOnceWhenThereIsRoom) {
  Pipe pipe;
  Outlet outlet(pipe.ends[1]);
  outlet.write("hello\n");
  EXPECT_TRUE(outlet.is_clear());
  EXPECT_EQ(pipe.read(), "hello\n");
}

// A pipe that nobody reads holds 64 KiB; the rest waits, in order, and nobody is held up.
TEST(Outlet, KeepsWhatIsNotTakenAndGoesOnLater) {
  Pipe pipe;
  Outlet outlet(pipe.ends[1]);
  const std::string text(200'000, 'x');
  outlet.write(text);
  outlet.write("end");
  EXPECT_FALSE(outlet.is_clear());

  std::string received;
  while (!outlet.flush()) {
    received += pipe.read();
  }
  while (received.size() < text.size() + 3) {
    received += pipe.read();
  }
  EXPECT_EQ(received, text + "end");
}

TEST(Outlet, DropsWhatNobodyHasReadForLong) {
  Pipe pipe;
  Outlet outlet(pipe.ends[1]);
  for (int piece = 0; piece < 40; ++piece) {
    outlet.write(std::string(100'000, 'x'));
  }
  std::size_t received = 0;
  while (!outlet.flush()) {
    received += pipe.read().size();
  }
  EXPECT_LT(received, std::size_t{2} << 20);
}

TEST(Outlet, GivesUpAtTheDeadline) {
  Pipe pipe;
  Outlet outlet(pipe.ends[1]);
  outlet.write(std::string(200'000, 'x'));
  outlet.finish(Deadline::after(std::chrono::milliseconds(1)));
  EXPECT_FALSE(outlet.is_clear());
}

TEST(Outlet, OutlivesAReaderThatHasGone) {
  Pipe pipe;
  pipe.close_reader();
  Outlet outlet(pipe.ends[1]);
  outlet.write("nobody reads this");
  outlet.write("nor this");
  EXPECT_TRUE(outlet.is_clear());
}

TEST(Outlet, WriteAllReportsAReaderThatHasGone) {
  Pipe pipe;
  pipe.close_reader();
  EXPECT_THROW(write_all(pipe.ends[1], "text"), Error);
}

}  // namespace
}  // namespace muster::coordinator::cli
