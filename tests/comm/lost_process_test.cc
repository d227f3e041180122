// Ranks that are lost: killed, exited, aborted, stopped, before they come to an operation or in the
// middle of it. The others end within their deadline and say who is missing, in every operation;
// and the lost rank's flight record says where it was.
//
// The ranks are forked processes that meet as the mpi backend's do, without mpirun, so that some
// dozens of worlds take some seconds.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "comm/mpi/memfd_host.h"
#include "comm/mpi/unix_socket.h"
#include "comm/node_layout.h"
#include "comm/world/world_communicator.h"
#include "common/flight/reader.h"
#include "common/text.h"
#include "tests/comm/operations.h"
#include "tests/common/temporary_folder.h"

namespace muster::comm {
namespace {

constexpr int kRanks = 3;
constexpr int kVictim = 1;
// A stopped rank is noticed by the deadline only; the other ends are seen at once.
constexpr auto kTimeout = std::chrono::milliseconds(300);
constexpr auto kLongest = std::chrono::seconds(20);

enum class End { killed, exited, aborted, stopped };

std::string_view name_of(End end) {
  switch (end) {
    case End::killed:
      return "killed";
    case End::exited:
      return "exited";
    case End::aborted:
      return "aborted";
    case End::stopped:
      return "stopped";
  }
  return "?";
}

struct Case {
  testing::NamedOperation operation;
  End end;
  bool inside;  // In the operation, while rank 0 has not come; else before it.
};

/// What the processes of one world share; the survivors write how they ended.
struct Report {
  std::atomic<bool> victim_is_lost;
  std::array<std::atomic<int>, kRanks> code;  // ErrorCode + 1; 0: no end yet, -1: no error.
  std::array<std::array<char, 512>, kRanks> text;
};

class World {
 public:
  World(const Case& which, const std::filesystem::path& folder)
      : case_(which),
        folder_(folder),
        name_(concat("muster-test-", ::getpid(), "-", ++worlds_)),
        listener_(UnixSocket::listen(name_)),
        report_(static_cast<Report*>(::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    for (int rank = 0; rank < kRanks; ++rank) {
      processes_[static_cast<std::size_t>(rank)] = ::fork();
      if (processes_[static_cast<std::size_t>(rank)] == 0) be_rank(rank);
    }
  }

  ~World() {
    for (const pid_t process : processes_) {
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
    ::munmap(report_, sizeof(Report));
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Ends the victim from outside where that is the case, then waits for the survivors. False when
  /// one of them did not end in time.
  bool wait() {
    const Deadline deadline = Deadline::after(kLongest);
    if (case_.inside || case_.end == End::killed || case_.end == End::stopped) {
      while (!victim_is_there() && !deadline.has_passed()) ::usleep(500);
      ::kill(processes_[kVictim], signal_of(case_.end));
      report_->victim_is_lost = true;
    }
    const auto has_ended = [&](int rank) {
      return report_->code[static_cast<std::size_t>(rank)] != 0;
    };
    while (!(has_ended(0) && has_ended(2)) && !deadline.has_passed()) ::usleep(500);
    return has_ended(0) && has_ended(2);
  }

  int code_of(int rank) const { return report_->code[static_cast<std::size_t>(rank)]; }
  std::string text_of(int rank) const {
    return report_->text[static_cast<std::size_t>(rank)].data();
  }

 private:
  static int signal_of(End end) {
    return end == End::stopped ? SIGSTOP : end == End::aborted ? SIGABRT : SIGKILL;
  }

  /// By its record: what a coordinator sees.
  bool victim_is_there() const {
    try {
      const flight::Flight flight = flight::read_flight(flight::file_of(folder_, kVictim, 1));
      // An operation that is just being written is left out.
      const std::size_t wanted = case_.inside ? 2 : 1;
      return flight.operations.size() == wanted &&
             (case_.inside || flight.operations.front().left.has_value());
    } catch (const Error&) {
      return false;  // It has not begun.
    }
  }

  [[noreturn]] void be_rank(int rank) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    int code = -1;
    try {
      WorldCommunicator world(parts_of(rank));
      world.keep_record(std::make_unique<flight::Recorder>(
          folder_, flight::Owner{.rank = rank, .ranks = kRanks}));
      world.barrier({.timeout = kLongest, .label = "start"}).wait();
      come_to_the_operation(rank);
      case_.operation.call(world, {.timeout = kTimeout, .label = "data"});
      world.barrier({.timeout = kTimeout}).wait();
    } catch (const Error& error) {
      code = static_cast<int>(error.code()) + 1;
      std::snprintf(report_->text[static_cast<std::size_t>(rank)].data(), 512, "%s", error.what());
    }
    report_->code[static_cast<std::size_t>(rank)] = code;
    ::_exit(0);
  }

  void come_to_the_operation(int rank) const {
    if (rank == kVictim && !case_.inside) {
      if (case_.end == End::exited) ::_exit(3);
      if (case_.end == End::aborted) ::abort();
      ::sleep(60);  // Until it is killed or stopped.
    }
    while (rank == 0 && case_.inside && !report_->victim_is_lost) ::usleep(500);
  }

  WorldParts parts_of(int rank) const {
    const Rank place{rank, kRanks};
    return {.rank = place,
            .nodes = layout_in_groups(place, kRanks),
            .host = std::make_unique<MemfdHost>(
                NodePlace{.local_rank = rank, .local_ranks = kRanks, .first_rank = 0}, listener_,
                name_, Deadline::after(kLongest)),
            .transport = nullptr,
            .timeout = kLongest,
            .on_failure = nullptr};
  }

  static inline int worlds_ = 0;

  Case case_;
  std::filesystem::path folder_;
  std::string name_;
  UnixSocket listener_;
  Report* report_;
  std::array<pid_t, kRanks> processes_ = {};
};

class LostProcess : public ::testing::TestWithParam<End> {
 protected:
  static void run(const Case& which) {
    SCOPED_TRACE(concat(which.operation.name, ", ", name_of(which.end),
                        which.inside ? " inside" : " before it"));
    const TemporaryFolder folder;
    World world(which, folder / "");
    ASSERT_TRUE(world.wait()) << "a survivor hangs";
    for (const int rank : {0, 2}) {
      const int code = world.code_of(rank) - 1;
      const bool is_right = code == static_cast<int>(ErrorCode::aborted) ||
                            code == static_cast<int>(ErrorCode::timeout);
      EXPECT_TRUE(is_right) << "rank " << rank << " ended with " << code;
      EXPECT_NE(world.text_of(rank).find("rank 1"), std::string::npos) << world.text_of(rank);
      if (which.end != End::stopped) {
        EXPECT_NE(world.text_of(rank).find("has died"), std::string::npos) << world.text_of(rank);
      }
    }
    const flight::Flight flight = flight::read_flight(flight::file_of(folder / "", kVictim, 1));
    ASSERT_EQ(flight.operations.size(), which.inside ? 2U : 1U);
    EXPECT_EQ(flight.operations[0].label, "start");
    EXPECT_TRUE(flight.operations[0].left.has_value());
    if (which.inside) {
      EXPECT_EQ(flight::describe(flight.operations[1]),
                concat(which.operation.name, " #2 \"data\""));
      EXPECT_FALSE(flight.operations[1].left.has_value());
    }
  }
};

TEST_P(LostProcess, BeforeAnOperationEndsTheOthers) {
  for (const testing::NamedOperation& operation : testing::kOperations) {
    run({operation, GetParam(), /*inside=*/false});
  }
}

TEST_P(LostProcess, InsideAnOperationEndsTheOthersAndLeavesItsRecord) {
  if (GetParam() == End::exited) return;  // Nobody exits inside.
  for (const testing::NamedOperation& operation : testing::kOperations) {
    run({operation, GetParam(), /*inside=*/true});
  }
}

INSTANTIATE_TEST_SUITE_P(Ends, LostProcess,
                         ::testing::Values(End::killed, End::exited, End::aborted, End::stopped),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace muster::comm
