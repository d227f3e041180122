// supervised_run RUN_DIRECTORY WORKER_PROGRAM: a run as `muster run` does it, without the command
// line. What the observer hears goes to stdout, one line each; the exit status is the run's.

#include <iostream>
#include <string>

#include "common/run/plan.h"
#include "coordinator/launch/parent.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/net/coordinator.h"

namespace muster::coordinator {
namespace {

class Printer : public Observer {
 public:
  void state_changed(run::State state, const std::string& reason) override {
    std::cout << "state " << run::to_string(state) << ": " << reason << std::endl;
  }
  void metrics(const wire::MetricsLine& line) override {
    std::cout << "step " << line.step << std::endl;
  }
  void checkpoint_written(const wire::CheckpointWritten& checkpoint) override {
    std::cout << "checkpoint " << checkpoint.step << std::endl;
  }
  void notice(const std::string& text) override { std::cout << "notice " << text << std::endl; }
  void tick() override {}
  void ended(const run::Summary& summary) override {
    std::cout << "ended " << run::to_string(summary.status) << std::endl;
  }
};

}  // namespace
}  // namespace muster::coordinator

int main(int argc, char** argv) {
  using namespace muster;
  using namespace muster::coordinator;
  if (argc != 3) return 64;
  const run::RunDirectory run{std::string(argv[1])};
  const std::string run_id = run::read_plan(run.plan().string()).run_id;
  const auto coordinate = [&](const Succession& succession) {
    Printer printer;
    return run_coordinator(run,
                           {.worker_program = argv[2],
                            .takes_over = succession.takes_over(),
                            .unheard = succession.unheard(),
                            .begins = [&] { succession.begin(); }},
                           printer);
  };
  return supervise_run(coordinate, [&] { remove_temporary_folders_of(run_id); });
}
