// A run directory, and `muster run` without its command line on it, with fake workers under a real
// mpirun.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "common/run/run_directory.h"
#include "common/run/summary.h"

namespace muster::coordinator {

class RunFixture : public ::testing::Test {
 protected:
  RunFixture();
  ~RunFixture() override;

  /// Starts the run. `environment` is for all of it, FAKE_WORKER_PLAN for example.
  void start(const std::map<std::string, std::string>& environment);

  void signal_parent(int signal) const;
  /// The coordinator's process id, from coordinator.json.
  pid_t coordinator_id() const;
  pid_t parent_id() const { return parent_; }

  /// Waits until the output holds `text`; fails the test after ten seconds.
  void wait_for_output(const std::string& text) const;
  /// Every worker is connected, and rank 0 has made three steps (fake ones do not wait for others).
  void wait_until_all_train() const;

  /// Coordinator `number` has published its address.
  void wait_for_coordinator(std::int64_t number) const;
  /// metrics.jsonl has one line for each step from 1 to `steps`, in order.
  void expect_each_step_once(std::int64_t steps) const;

  /// The exit status of the whole; fails the test after twenty seconds.
  int wait_for_end();

  std::string output() const;
  run::Summary summary() const;

  /// No process of this run, no temporary folder: checked until true, for three seconds at most.
  void expect_nothing_left() const;

  void set_worker_program(std::string program) { worker_program_ = std::move(program); }
  /// Another plan than two workers; before start.
  void write_plan(int workers) const;
  void append_to_experiment(const std::string& yaml) const;
  /// Other keys of `cluster` than the two that it always has: "max_restarts: 0".
  void set_cluster(const std::string& keys) const;

  /// Of mpirun's session files.
  std::filesystem::path temporary_folder_of(std::int64_t generation) const;

  const run::RunDirectory& run() const { return run_; }

 private:
  void expect_nothing_left_of(std::int64_t generation) const;

  std::filesystem::path root_;
  run::RunDirectory run_;
  std::string run_id_;
  std::string worker_program_;
  pid_t parent_ = 0;  // 0 when it does not run.
};

}  // namespace muster::coordinator
