#include "coordinator/launch/process_table.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

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

}  // namespace
}  // namespace muster::coordinator
