#include "tests/coordinator/cli/program_fixture.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

namespace muster::coordinator::cli {

void Program::SetUp() {
  std::string name = (std::filesystem::temp_directory_path() / "muster-cli-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  folder_ = name;
  std::filesystem::copy_file(MUSTER_PROGRAM, folder_ / "muster");
  std::filesystem::copy_file(MUSTER_FAKE_WORKER, folder_ / "muster-worker");
  write("train.csv", kGoodData);
  write("tiny.yaml", kGoodExperiment);
  ::setenv("FAKE_WORKER_PROGRAM", MUSTER_FAKE_WORKER_PROGRAM, 1);
  ::setenv("MUSTER_RUNS", (folder_ / "runs").c_str(), 1);
}

void Program::TearDown() { std::filesystem::remove_all(folder_); }

void Program::write(const std::string& name, const std::string& contents) const {
  std::ofstream(folder_ / name) << contents;
}

ProgramOutput Program::muster(std::vector<std::string> arguments) const {
  std::replace(arguments.begin(), arguments.end(), std::string("EXPERIMENT"), experiment());
  arguments.insert(arguments.begin(), (folder_ / "muster").string());
  return run_program_and_wait(arguments, Deadline::after(std::chrono::seconds(30)));
}

std::vector<std::string> Program::runs() const {
  std::vector<std::string> names;
  if (std::filesystem::exists(folder_ / "runs")) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "runs")) {
      names.push_back(entry.path().filename().string());
    }
  }
  return names;
}

}  // namespace muster::coordinator::cli
