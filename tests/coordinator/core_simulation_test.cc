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

/// The seed, the sentences and the story of a run that broke an invariant.
std::string report(std::uint64_t seed, const std::vector<std::string>& broken) {
  Simulation again(seed, Simulation::Story::told);
  again.play();
  return concat("MUSTER_SEED=", seed, ", ", again.outcome().workers,
                " workers: ", join(broken, "; "), "\n", again.story());
}

TEST(CoreSimulation, EveryRunEndsWithAllInvariantsWhateverHappens) {
  if (std::getenv("MUSTER_SEED") != nullptr) {
    Simulation simulation(number_from("MUSTER_SEED", 0), Simulation::Story::told);
    const auto broken = simulation.play();
    std::cout << simulation.story();
    EXPECT_TRUE(broken.empty()) << join(broken, "; ");
    return;
  }
  std::map<std::pair<Fault, run::Status>, std::uint64_t> seen;
  std::uint64_t largest = 0;
  std::uint64_t events = 0;
  std::uint64_t forgeries = 0;
  std::uint64_t restarts = 0;
  std::uint64_t preempted = 0;
  std::uint64_t deterministic = 0;  // Runs that failed because of a repeated failure.
  const std::uint64_t seeds = number_from("MUSTER_SEEDS", 1000);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Simulation simulation(seed);
    const auto broken = simulation.play();
    ASSERT_TRUE(broken.empty()) << report(seed, broken);
    restarts += static_cast<std::uint64_t>(simulation.outcome().summary.restarts);
    const std::string& reason = simulation.outcome().summary.failure_reason;
    if (reason.find("it is deterministic") != std::string::npos) ++deterministic;
    if (simulation.outcome().summary.status == run::Status::preempted) ++preempted;
    ++seen[{simulation.outcome().first_fault, simulation.outcome().summary.status}];
    if (simulation.outcome().workers == 1000) ++largest;
    events += simulation.events();
    forgeries += simulation.forgeries();
  }
  std::cout << seeds << " runs, " << largest << " of them with 1000 workers: " << events
            << " events, " << forgeries << " of them forged, " << restarts << " restarts, "
            << deterministic << " runs ended by a failure that repeats\n";
  // A simulation that never gets into trouble proves nothing. Few runs (under sanitizers) cannot
  // have had every kind of it.
  if (seeds < 1000) return;
  EXPECT_GT(largest, seeds / 20);
  EXPECT_GT(forgeries, seeds);
  const auto often = [&](Fault first_fault, run::Status status) {
    EXPECT_GT((seen[{first_fault, status}]), seeds / 200)
        << static_cast<int>(first_fault) << " " << run::to_string(status);
  };
  for (const Fault fault : {Fault::none, Fault::hangs_at_end, Fault::network_shakes, Fault::killed,
                            Fault::killed_unnoticed, Fault::node_lost, Fault::said_storage,
                            Fault::launcher_killed, Fault::stopped, Fault::stuck}) {
    often(fault, run::Status::completed);
  }
  for (const Fault fault : {Fault::said_corrupt, Fault::launch_fails, Fault::never_connects,
                            Fault::wrong_world, Fault::survives_kill}) {
    often(fault, run::Status::failed);
  }
  often(Fault::none, run::Status::stopped);
  often(Fault::ignores_stop, run::Status::stopped);
  EXPECT_GT(preempted, seeds / 100);
  EXPECT_GT(restarts, seeds / 4);
  EXPECT_GT(deterministic, seeds / 100);
}

TEST(CoreSimulation, TheSameSeedTellsTheSameStory) {
  Simulation once(17, Simulation::Story::told);
  Simulation again(17, Simulation::Story::told);
  once.play();
  again.play();
  EXPECT_EQ(once.story(), again.story());
  EXPECT_FALSE(once.story().empty());
}

}  // namespace
}  // namespace muster::coordinator
