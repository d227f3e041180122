#include "tests/coordinator/simulation.h"

#include <algorithm>
#include <cmath>
#include <csignal>

#include "common/text.h"
#include "tests/coordinator/describe.h"

namespace muster::coordinator {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kHorizon = std::chrono::minutes(60);  // Above the sum of all limits.
// Shorter than in earnest: so long heartbeats have to be played.
constexpr Limits kLimits{.stop = std::chrono::minutes(1),
                         .stall_timeout = std::chrono::seconds(10)};
constexpr auto kAftermath = std::chrono::seconds(1);
constexpr int kLargestWorld = 1000;

/// One in ten has a thousand workers; the others are as often small as large.
int world_size(std::mt19937_64& random) {
  if (random() % 10 == 0) return kLargestWorld;
  const double exponent = static_cast<double>(random() % 1000) / 1000;
  return static_cast<int>(std::lround(std::pow(kLargestWorld, exponent)));
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Story story)
    : random_(seed),
      how_(story),
      limits_(kLimits),
      state_(RunFacts{.workers = world_size(random_),
                      .launcher = "mpirun",
                      .steps_per_epoch = 10,
                      .samples_per_step = 4,
                      .train_samples = 39}),
      jury_(state_, limits_),
      forger_([this](std::uint64_t bound) { return random_() % bound; }),
      now_(std::chrono::hours(1)) {
  const auto below = [this](std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  };
  outcome_.workers = workers();
  outcome_.total_steps = 1 + below(30);
  outcome_.repeats = chance(0.1);
  outcome_.faults = chance(0.5) ? 1 : 2 + static_cast<int>(below(6));
  faults_left_ = outcome_.faults;
  forgery_ = chance(0.8) ? 0.05 : 0;
  shakiness_ = chance(0.2) ? 0.2 : 0.01;
}

std::vector<std::string> Simulation::play() {
  const TimePoint start = now_;
  in(kTick, [this] { tick(); });
  draw_fault();
  outcome_.first_fault = outcome_.fault;
  int interrupts = chance(0.3) ? 1 + static_cast<int>(random_() % 3) : 0;
  if (outcome_.fault == Fault::ignores_stop) interrupts = 1;
  const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
  for (int i = 0; i < interrupts; ++i) {
    const int signal = chance(0.5) ? SIGINT : signals[random_() % std::size(signals)];
    in(milliseconds(0, chance(0.5) ? 1500 : 6000), [this, signal] {
      if (!outcome_.has_ended && ++outcome_.interrupts == 1) outcome_.first_signal = signal;
      tell(Interrupted{signal});
    });
  }
  tell(Started{});
  std::optional<TimePoint> ended;
  while (!queue_.empty() && broken_.empty()) {
    if (outcome_.has_ended && !ended) ended = now_;
    if (now_ >= (ended ? *ended + kAftermath : start + kHorizon)) break;
    const Moment moment = queue_.top();
    queue_.pop();
    now_ = moment.time;
    moment.what();
  }
  if (broken_.empty()) broken_ = broken_at_the_end(outcome_);
  return broken_;
}

/// What goes wrong in the next generation: something else, or the same as in the one before.
void Simulation::draw_fault() {
  if (outcome_.repeats && state_.generation > 0) return;
  const auto below = [this](std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  };
  outcome_.fault = faults_left_-- > 0 ? static_cast<Fault>(below(kFaults)) : Fault::none;
  // Whoever is not asked to stop would go on for ever.
  if (outcome_.fault == Fault::ignores_stop && state_.generation > 0) outcome_.fault = Fault::none;
  outcome_.culprit = static_cast<int>(below(workers()));
  outcome_.last_culprit = outcome_.culprit;
  if (outcome_.fault == Fault::node_lost) {
    outcome_.last_culprit += static_cast<int>(below(workers() - outcome_.culprit));
  }
  fault_step_ = below(outcome_.total_steps);
}

void Simulation::tick() {
  tell(Tick{});
  in(kTick, [this] { tick(); });
}

void Simulation::at(TimePoint time, std::function<void()> what) {
  queue_.push(Moment{time, moments_++, std::move(what)});
}

Clock::duration Simulation::milliseconds(int least, int most) {
  return std::chrono::milliseconds(
      least + static_cast<int>(random_() % static_cast<unsigned>(most - least + 1)));
}

bool Simulation::chance(double probability) {
  return static_cast<double>(random_() % 1'000'000) < probability * 1e6;
}

// --- the coordinator
// -------------------------------------------------------------------------------

/// What happens, and now and then something that only pretends to happen. Things go on being told
/// for a while after the end.
void Simulation::tell(const Event& event) {
  tell_core(event, false);
  if (forgery_ == 0) return;
  forger_.remember(event);
  if (!chance(forgery_)) return;
  if (const auto forged = forger_.forge(state_)) {
    ++forgeries_;
    tell_core(*forged, true);
  }
}

void Simulation::tell_core(const Event& event, bool must_be_refused) {
  ++events_;
  jury_.before(event, now_, must_be_refused);
  const Decision decision = on(state_, event, now_, limits_);
  if (how_ == Story::told && !(decision.reason.empty() && decision.actions.empty())) {
    const double seconds =
        std::chrono::duration<double>(now_ - TimePoint(std::chrono::hours(1))).count();
    story_ += concat(seconds, must_be_refused ? " (forged) " : " ", decision.reason, "\n",
                     describe(decision.actions));
  }
  for (std::string& sentence : jury_.after(decision)) broken_.push_back(std::move(sentence));
  for (const Action& action : decision.actions) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

void Simulation::perform(const LaunchGeneration& action) {
  if (outcome_.launcher_runs) broken_.push_back("two generations never run at once");
  if (action.generation > 1) draw_fault();
  if (outcome_.fault != Fault::launch_fails) return launch();
  in(std::chrono::milliseconds(1), [this, generation = action.generation] {
    tell(LaunchFailed{generation, ErrorCode::unavailable, "mpirun was not found"});
  });
}

void Simulation::perform(const KillGeneration&) {
  if (outcome_.fault == Fault::survives_kill) return;
  end_launcher({.exit_code = 0, .signal = SIGKILL}, std::nullopt);
}

void Simulation::perform(const SendStop&) {
  if (stop_is_heard_) return;
  in(milliseconds(0, 20), [this, generation = state_.generation] {
    if (generation == state_.generation) stop_is_heard_ = true;
  });
}

void Simulation::perform(const End& action) {
  outcome_.has_ended = true;
  outcome_.exit_status = action.exit_status;
  outcome_.keeps_snapshots = action.keeps_snapshots;
}

}  // namespace muster::coordinator
