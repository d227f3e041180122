// `muster run` whose coordinator dies: what the next one, and other commands, make of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/file_descriptor.h"
#include "common/run/fence.h"
#include "common/run/metrics_log.h"
#include "common/run/run_directory.h"
#include "tests/coordinator/cli/program_fixture.h"

namespace muster::coordinator::cli {
namespace {

using testing::HasSubstr;

class Succession : public Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    ::setenv("FAKE_WORKER_STEPS", "10000", 1);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = FileDescriptor(ends[0]);
    writer_ = FileDescriptor(ends[1]);
  }
  void TearDown() override {
    if (parent_ > 0) {
      ::kill(parent_, SIGKILL);
      ::waitpid(parent_, nullptr, 0);
    }
    ::unsetenv("FAKE_WORKER_STEPS");
    Program::TearDown();
  }

  /// `muster run EXPERIMENT --json`, as tiny-0001; returns when it trains. The workers of the tests
  /// do not wait for each other: some steps show that both are there.
  void start() {
    const std::string program = (folder_ / "muster").string();
    const std::string file = experiment();
    parent_ = ::fork();
    if (parent_ == 0) {
      ::dup2(writer_.get(), STDOUT_FILENO);
      ::execl(program.c_str(), program.c_str(), "run", file.c_str(), "--json", nullptr);
      ::_exit(127);
    }
    wait_until([&] {
      std::error_code error;
      const auto bytes = std::filesystem::file_size(run().metrics(), error);
      return !error && bytes > 500;
    });
  }

  template <class Condition>
  static void wait_until(const Condition& condition) {
    const Deadline deadline = Deadline::after(std::chrono::seconds(30));
    while (!condition()) {
      ASSERT_FALSE(deadline.has_passed());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  int wait_for_end() {
    int status = 0;
    wait_until([&] { return ::waitpid(parent_, &status, WNOHANG) == parent_; });
    parent_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void kill_coordinator() const {
    const auto coordinator = static_cast<pid_t>(run::read_address(run()).pid);
    ::kill(coordinator, SIGKILL);
    wait_until([&] { return ::kill(coordinator, 0) != 0; });
  }

  /// What the run has written to standard output so far.
  std::string output() const {
    std::string text;
    pollfd ready{.fd = reader_.get(), .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer{};
    while (::poll(&ready, 1, 0) == 1) {
      const ssize_t count = ::read(reader_.get(), buffer.data(), buffer.size());
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

  /// Whoever writes to it now waits.
  void fill_output() const {
    const int flags = ::fcntl(writer_.get(), F_GETFL);
    ::fcntl(writer_.get(), F_SETFL, flags | O_NONBLOCK);
    const std::string line(4096, ' ');
    while (::write(writer_.get(), line.data(), line.size()) > 0) {
    }
    ::fcntl(writer_.get(), F_SETFL, flags);
  }

  run::RunDirectory run() const { return run::RunDirectory(folder_ / "runs" / "tiny-0001"); }

  FileDescriptor reader_;
  FileDescriptor writer_;
  pid_t parent_ = 0;
};

TEST_F(Succession, TellsTheEndOfACoordinatorThatDiedWithItsLastWords) {
  fill_output();
  start();
  ::kill(parent_, SIGUSR1);
  wait_until([&] { return std::filesystem::exists(run().summary()); });
  kill_coordinator();
  EXPECT_EQ(wait_for_end(), 75);
}

// One whose last words were cut short by nobody who asked for that prints them.
TEST_F(Succession, PrintsTheResultThatTheOneBeforeCouldNot) {
  ::setenv("FAKE_WORKER_STEPS", "60", 1);
  fill_output();
  start();
  wait_until([&] { return std::filesystem::exists(run().summary()); });
  kill_coordinator();
  std::string text;
  wait_until([&] {
    text += output();
    return text.find('\n') != std::string::npos;
  });
  EXPECT_EQ(nlohmann::json::parse(text.substr(0, text.find('\n'))).at("status"), "completed");
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(Succession, LeavesNoMomentInWhichTheRunSeemsToHaveNoLeader) {
  start();
  const auto away = run().path() / "journal.away";
  std::filesystem::rename(run().journal(), away);  // Nobody can take a number.
  kill_coordinator();
  EXPECT_EQ(run::writer_of(run().metrics().string()), run::Writer::lives);
  std::filesystem::rename(away, run().journal());
  const ProgramOutput resumed = muster({"resume", "tiny-0001"});
  EXPECT_EQ(resumed.status, 64);
  EXPECT_THAT(resumed.err, HasSubstr("tiny-0001 is running"));
  const ProgramOutput stopped = muster({"stop", "tiny-0001", "--wait"});
  EXPECT_EQ(stopped.status, 0) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("tiny-0001 stopped: "));
  EXPECT_EQ(wait_for_end(), 0);
}

}  // namespace
}  // namespace muster::coordinator::cli
