#include "coordinator/launch/process_table.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <vector>

namespace muster::coordinator {
namespace {

// Names may hold blanks and parentheses: what counts is what follows the last one.
TEST(ProcessStat, IsReadWhateverTheNameIs) {
  ProcessEntry entry;
  ASSERT_TRUE(parse_process_stat(
      "4711 (a) S 9 (b) S 12 4711 4700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2\n", entry));
  EXPECT_EQ(
      entry,
      (ProcessEntry{
          .id = 4711, .parent = 12, .session = 4700, .start_time = 98765, .has_ended = false}));
}

TEST(ProcessStat, KnowsZombies) {
  ProcessEntry entry;
  ASSERT_TRUE(parse_process_stat("7 (x) Z 1 7 7 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 55 1 2\n", entry));
  EXPECT_TRUE(entry.has_ended);
}

TEST(ProcessStat, IsRefusedWhenItIsTorn) {
  ProcessEntry entry;
  for (const char* text : {"", "7", "7 (x", "7 (x) S", "7 (x) S 1 7 7 0 -1 4"}) {
    EXPECT_FALSE(parse_process_stat(text, entry)) << text;
  }
}

TEST(RunningProcesses, HoldsThisOne) {
  const auto processes = running_processes();
  const auto self = std::find_if(processes.begin(), processes.end(),
                                 [](const ProcessEntry& entry) { return entry.id == ::getpid(); });
  ASSERT_NE(self, processes.end());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_EQ(self->session, ::getsid(0));
}

// This process carries the mark itself, and must not be its own victim.
TEST(ProcessesOf, NeverHoldsThisOne) {
  const auto members = processes_of({.session = ::getsid(0), .variable = "MUSTER_WORLD=nothing"});
  EXPECT_TRUE(std::none_of(members.begin(), members.end(),
                           [](const ProcessEntry& entry) { return entry.id == ::getpid(); }));
}

/// A process that has `variable` in its environment, until the end of the test.
class Marked {
 public:
  explicit Marked(const std::string& variable) : id_(::fork()) {
    if (id_ == 0) become_sleep(variable);
    wait_until_it_sleeps();
  }
  ~Marked() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  Marked(const Marked&) = delete;
  Marked& operator=(const Marked&) = delete;

  bool is_in(const std::vector<ProcessEntry>& entries) const {
    return std::any_of(entries.begin(), entries.end(),
                       [this](const ProcessEntry& entry) { return entry.id == id_; });
  }

 private:
  [[noreturn]] static void become_sleep(const std::string& variable) {
    const char* const environment[] = {variable.c_str(), nullptr};
    ::execle("/bin/sleep", "sleep", "60", nullptr, environment);
    ::_exit(127);
  }

  void wait_until_it_sleeps() const {
    const Deadline deadline = Deadline::after(std::chrono::seconds(10));
    std::string name;
    while (name != "sleep" && !deadline.has_passed()) {
      std::ifstream("/proc/" + std::to_string(id_) + "/comm") >> name;
    }
  }

  pid_t id_;
};

// What a coordinator ends that adopts none: whichever generation is there, and no other run's.
TEST(ProcessesOf, FindsEveryGenerationOfARunAndNoOtherRun) {
  const std::string run = "MUSTER_WORLD=/tmp/muster-test-" + std::to_string(::getpid()) + "-g";
  const Marked second(run + "2");
  const Marked twelfth(run + "12");
  const Marked other(run + "2-of-another-run");
  const auto one = processes_of({.session = -1, .variable = run + "2", .is_of_all = false});
  EXPECT_TRUE(second.is_in(one));
  EXPECT_FALSE(twelfth.is_in(one));
  EXPECT_FALSE(other.is_in(one));
  const auto all = processes_of({.session = -1, .variable = run, .is_of_all = true});
  EXPECT_TRUE(second.is_in(all));
  EXPECT_TRUE(twelfth.is_in(all));
  EXPECT_FALSE(other.is_in(all));
}

}  // namespace
}  // namespace muster::coordinator
