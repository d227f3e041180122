// A run directory for one test: with the folders that a run has, removed again afterwards.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "common/run/run_directory.h"

namespace muster::worker {

class TemporaryRun {
 public:
  TemporaryRun() : run_(make_folder()) {
    std::filesystem::create_directory(run_.journal());
    std::filesystem::create_directory(run_.checkpoints());
  }
  ~TemporaryRun() { std::filesystem::remove_all(run_.path()); }
  TemporaryRun(const TemporaryRun&) = delete;
  TemporaryRun& operator=(const TemporaryRun&) = delete;

  const run::RunDirectory& operator*() const { return run_; }
  const run::RunDirectory* operator->() const { return &run_; }

 private:
  static std::string make_folder() {
    std::string folder = testing::TempDir() + "muster-test-run.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return folder;
  }

  run::RunDirectory run_;
};

}  // namespace muster::worker
