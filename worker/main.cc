// muster-worker: the process that trains. The ways to start it are one file each in program/.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/version.h"
#include "worker/program/programs.h"

int main(int argc, char** argv) {
  using namespace muster;
  CLI::App app{
      "Trains. Started by `muster run`, or directly:\n"
      "  mpirun -np 4 muster-worker EXP.yaml [key=value ...]"};
  worker::ExperimentArguments arguments;
  worker::CoordinatedArguments coordinated;
  bool inspect = false;
  app.add_option("experiment", arguments.file, "Experiment file (YAML)");
  app.add_option("overrides", arguments.overrides, "key=value ...");
  app.add_flag("--inspect", inspect, "Print what the model needs, as JSON, and end");
  auto* run = app.add_option("--run", coordinated.run, "Run directory of a coordinator");
  app.add_option("--generation", coordinated.generation, "Number of the launch")->needs(run);
  worker::BenchArguments bench;
  std::string bench_name;
  auto* measure = app.add_option("--bench", bench_name, "Measure: allreduce (see muster bench)");
  measure->check(CLI::IsMember({"allreduce"}));
  app.add_option("--sizes", bench.sizes, "Bytes, separated by commas")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->needs(measure);
  app.add_option("--output", bench.output, "File for what was measured")->needs(measure);
  app.set_version_flag("--version", std::string("muster-worker ") + kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_code::kOk : exit_code::kUsage;
  }
  if (!bench_name.empty()) {
    if (!bench.sizes.empty() && !bench.output.empty()) return worker::bench_all_reduce(bench);
    std::fputs("muster-worker: --bench needs --sizes and --output\n", stderr);
    return exit_code::kUsage;
  }
  if (coordinated.run.empty() == arguments.file.empty()) {
    std::fputs("muster-worker: give an experiment file, or --run (see --help)\n", stderr);
    return exit_code::kUsage;
  }
  if (!coordinated.run.empty()) return worker::run_coordinated(coordinated);
  return inspect ? worker::inspect(arguments) : worker::run_directly(arguments);
}
