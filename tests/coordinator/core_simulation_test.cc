// A thousand runs with faults, delays and interrupts in virtual time. MUSTER_SEED=N plays one
// again and prints its story.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "common/text.h"
#include "tests/coordinator/simulation.h"

namespace muster::coordinator {
namespace {

/// The value of a variable, or `otherwise` when it is not set.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string told(const std::vector<std::string>& broken) { return join(broken, "; "); }

TEST(CoreSimulation, EveryRunEndsWithAllInvariantsWhateverHappens) {
  if (std::getenv("MUSTER_SEED") != nullptr) {
    Simulation simulation(number_from("MUSTER_SEED", 0));
    const auto broken = simulation.play();
    std::cout << simulation.story();
    EXPECT_TRUE(broken.empty()) << told(broken);
    return;
  }
  std::map<std::pair<Fault, run::Status>, int> seen;
  const std::uint64_t seeds = number_from("MUSTER_SEEDS", 1000);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Simulation simulation(seed);
    const auto broken = simulation.play();
    ASSERT_TRUE(broken.empty()) << "MUSTER_SEED=" << seed << ": " << told(broken) << "\n"
                                << simulation.story();
    ++seen[{simulation.fault(), simulation.status()}];
  }
  // A simulation that never gets into trouble proves nothing.
  EXPECT_GT((seen[{Fault::none, run::Status::completed}]), 20);
  EXPECT_GT((seen[{Fault::none, run::Status::stopped}]), 5);
  EXPECT_GT((seen[{Fault::hangs_at_end, run::Status::completed}]), 20);
  EXPECT_GT((seen[{Fault::ignores_stop, run::Status::stopped}]), 20);
  for (const Fault fault :
       {Fault::killed, Fault::killed_unnoticed, Fault::said_corrupt, Fault::launcher_killed,
        Fault::launch_fails, Fault::never_connects, Fault::wrong_world, Fault::survives_kill}) {
    EXPECT_GT((seen[{fault, run::Status::failed}]), 20) << static_cast<int>(fault);
  }
}

TEST(CoreSimulation, TheSameSeedTellsTheSameStory) {
  Simulation once(17);
  Simulation again(17);
  once.play();
  again.play();
  EXPECT_EQ(once.story(), again.story());
  EXPECT_FALSE(once.story().empty());
}

}  // namespace
}  // namespace muster::coordinator
