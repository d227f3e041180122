#include "coordinator/cli/outlet.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "common/error.h"
#include "tests/coordinator/cli/test_pipe.h"

namespace muster::coordinator::cli {
namespace {

TEST(Outlet, WritesAtOnceWhenThereIsRoom) {
  TestPipe pipe;
  Outlet outlet(pipe.writer());
  outlet.write("hello\n");
  EXPECT_TRUE(outlet.is_clear());
  EXPECT_EQ(pipe.read(), "hello\n");
}

// A pipe that nobody reads holds 64 KiB; the rest waits, in order, and nobody is held up.
TEST(Outlet, KeepsWhatIsNotTakenAndGoesOnLater) {
  TestPipe pipe;
  Outlet outlet(pipe.writer());
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
  TestPipe pipe;
  Outlet outlet(pipe.writer());
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
  TestPipe pipe;
  Outlet outlet(pipe.writer());
  outlet.write(std::string(200'000, 'x'));
  outlet.finish(Deadline::after(std::chrono::milliseconds(1)));
  EXPECT_FALSE(outlet.is_clear());
}

TEST(Outlet, OutlivesAReaderThatHasGone) {
  TestPipe pipe;
  pipe.close_reader();
  Outlet outlet(pipe.writer());
  outlet.write("nobody reads this");
  outlet.write("nor this");
  EXPECT_TRUE(outlet.is_clear());
}

TEST(Outlet, WordsThatNothingDependsOnMayBeLost) {
  TestPipe pipe;
  pipe.close_reader();
  write_if_possible(pipe.writer(), "text");
}

TEST(Outlet, WriteAllReportsAReaderThatHasGone) {
  TestPipe pipe;
  pipe.close_reader();
  EXPECT_THROW(write_all(pipe.writer(), "text"), Error);
}

}  // namespace
}  // namespace muster::coordinator::cli
