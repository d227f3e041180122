#include "tests/coordinator/run_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <thread>
#include <vector>

#include "common/atomic_file.h"
#include "common/deadline.h"
#include "common/run/fence.h"
#include "common/run/metrics_reader.h"
#include "common/run/plan.h"
#include "common/text.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/process_table.h"
#include "coordinator/launch/temporary.h"

namespace muster::coordinator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kExperiment = R"(schema: 1
name: fake
model: {name: mlp, input: [4], hidden: [8], classes: 2}
objective: {name: cross_entropy}
data:
  train: {format: csv, files: ["/nowhere/train.csv"], label: -1}
batch: {global: 4, lanes: 2}
optimizer: {name: adamw, lr: 1.0e-3}
duration: 10steps
cluster: {workers: 2, env: {FAKE_WORKER_SEES: "a value with blanks"}}
)";

std::filesystem::path make_root() {
  std::string name = "/tmp/muster-coordinator-test.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return name;
}

run::RunDirectory make_run(const std::filesystem::path& root) {
  return run::create_run_directory({.root = root, .name = "fake", .exactly = {}});
}

}  // namespace

RunFixture::RunFixture()
    : root_(make_root()),
      run_(make_run(root_)),
      run_id_(run::make_run_id()),
      worker_program_(MUSTER_FAKE_WORKER) {
  write_file_atomic(run_.experiment(), kExperiment);
  run::create_secret(run_);
  write_plan(2);
}

RunFixture::~RunFixture() {
  if (parent_ != 0) {
    ::kill(parent_, SIGINT);
    ::kill(parent_, SIGINT);
    ::waitpid(parent_, nullptr, 0);
  }
  std::filesystem::remove_all(root_);
}

void RunFixture::write_plan(int workers) const {
  run::Plan plan;
  plan.run_id = run_id_;
  plan.workers = workers;
  plan.lanes = workers;
  for (int rank = 0; rank < workers; ++rank) plan.lanes_of_worker.push_back({rank, rank + 1});
  plan.train_samples = 40;
  plan.steps_per_epoch = 10;
  plan.total_steps = 10;
  run::write_plan(run_.plan().string(), plan);
}

void RunFixture::append_to_experiment(const std::string& yaml) const {
  write_file_atomic(run_.experiment(), kExperiment + yaml);
}

void RunFixture::set_cluster(const std::string& keys) const {
  std::string text = kExperiment;
  text.insert(text.rfind('}'), ", " + keys);
  write_file_atomic(run_.experiment(), text);
}

void RunFixture::start(const std::map<std::string, std::string>& environment) {
  parent_ = ::fork();
  ASSERT_GE(parent_, 0);
  if (parent_ != 0) return;
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  const int file = ::open((root_ / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::execl(MUSTER_SUPERVISED_RUN, MUSTER_SUPERVISED_RUN, run_.path().c_str(),
          worker_program_.c_str(), nullptr);
  ::_exit(127);
}

void RunFixture::signal_parent(int signal) const { ::kill(parent_, signal); }

pid_t RunFixture::coordinator_id() const { return static_cast<pid_t>(run::read_address(run_).pid); }

std::string RunFixture::output() const {
  const auto file = root_ / "output";
  return std::filesystem::exists(file) ? read_file(file) : "";
}

void RunFixture::wait_for_output(const std::string& text) const {
  const Deadline deadline = Deadline::after(seconds(10));
  while (output().find(text) == std::string::npos) {
    ASSERT_FALSE(deadline.has_passed()) << "no '" << text << "' in:\n" << output();
    std::this_thread::sleep_for(milliseconds(2));
  }
}

void RunFixture::wait_until_all_train() const {
  wait_for_output("state training");
  wait_for_output("step 3\n");
}

void RunFixture::wait_for_coordinator(std::int64_t number) const {
  const Deadline deadline = Deadline::after(seconds(10));
  while (run::read_address(run_).number < number) {
    ASSERT_FALSE(deadline.has_passed()) << "no coordinator " << number;
    std::this_thread::sleep_for(milliseconds(2));
  }
}

void RunFixture::expect_each_step_once(std::int64_t steps) const {
  std::vector<std::int64_t> seen;
  for (const auto& text : split(read_file(run_.metrics()), '\n')) {
    std::int64_t generation = 0;
    if (const auto line = run::parse_metrics(text, generation)) seen.push_back(line->step);
  }
  std::vector<std::int64_t> wanted(static_cast<std::size_t>(steps));
  std::iota(wanted.begin(), wanted.end(), 1);
  EXPECT_EQ(seen, wanted);
}

int RunFixture::wait_for_end() {
  const Deadline deadline = Deadline::after(seconds(20));
  int status = 0;
  while (::waitpid(parent_, &status, WNOHANG) == 0) {
    if (deadline.has_passed()) {
      ADD_FAILURE() << "the run did not end:\n" << output();
      return -1;
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  parent_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

run::Summary RunFixture::summary() const { return run::read_summary(run_.summary().string()); }

std::filesystem::path RunFixture::temporary_folder_of(std::int64_t generation) const {
  return temporary_folder(run_id_, generation);
}

void RunFixture::expect_nothing_left() const {
  constexpr int kGenerationsMost = 8;
  for (int generation = 1; generation <= kGenerationsMost; ++generation) {
    expect_nothing_left_of(generation);
  }
}

void RunFixture::expect_nothing_left_of(std::int64_t generation) const {
  const auto temporary = temporary_folder_of(generation);
  const WorldMark mark{.session = -1, .variable = concat(kWorldVariable, "=", temporary.string())};
  const Deadline deadline = Deadline::after(seconds(3));
  while (!processes_of(mark).empty() && !deadline.has_passed()) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(processes_of(mark).empty()) << processes_of(mark).size() << " processes are left";
  while (std::filesystem::exists(temporary) && !deadline.has_passed()) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_FALSE(std::filesystem::exists(temporary)) << temporary << " is left";
}

}  // namespace muster::coordinator
