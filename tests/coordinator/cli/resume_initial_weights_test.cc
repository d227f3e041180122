// `muster resume` of a run that began with given weights (model.init): it goes on without the file
// once it has trained, and with another file only if that says the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "common/atomic_file.h"
#include "common/hash.h"
#include "common/run/run_directory.h"
#include "tests/common/checkpoint/encoded.h"
#include "tests/coordinator/cli/program_fixture.h"

namespace muster::coordinator::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string weights(float value) {
  const std::array<float, 1> values = {value};
  return checkpoint::encoded({{"w", DType::float32, {1}, checkpoint::bytes_of(values)}});
}

class ResumeWithInitialWeights : public Program {
 protected:
  /// tiny-0001: failed at its third step, without a checkpoint.
  void SetUp() override {
    Program::SetUp();
    ::setenv("FAKE_WORKER_STEPS", "6", 1);
    ::setenv("FAKE_WORKER_PLAN", "0@3:fail storage", 1);
    write("w.safetensors", weights(1));
    sha256_ = sha256_of_file(path("w.safetensors"));
    const ProgramOutput output =
        muster({"run", "EXPERIMENT", "cluster.max_restarts=0", init("w.safetensors")});
    ASSERT_EQ(output.status, 74) << output.err;
    ::unsetenv("FAKE_WORKER_PLAN");
  }
  void TearDown() override {
    ::unsetenv("FAKE_WORKER_STEPS");
    ::unsetenv("FAKE_WORKER_PLAN");
    Program::TearDown();
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string init(const std::string& name) const { return "model.init=" + path(name); }
  run::RunDirectory run() const { return run::RunDirectory(folder_ / "runs" / "tiny-0001"); }

  /// Refused with this status and text; the run's experiment stays as it was.
  void refuses(const std::vector<std::string>& overrides, int status, const std::string& text) {
    const std::string before = read_file(run().experiment());
    std::vector<std::string> arguments = {"resume", "tiny-0001"};
    arguments.insert(arguments.end(), overrides.begin(), overrides.end());
    const ProgramOutput output = muster(arguments);
    EXPECT_EQ(output.status, status) << output.err;
    EXPECT_THAT(output.err, AllOf(HasSubstr(text), HasSubstr(sha256_)));
    EXPECT_EQ(read_file(run().experiment()), before);
  }

  std::string sha256_;
};

TEST_F(ResumeWithInitialWeights, TheResolvedExperimentHasTheHash) {
  EXPECT_THAT(read_file(run().experiment()),
              AllOf(HasSubstr("init: " + path("w.safetensors")), HasSubstr(sha256_)));
}

TEST_F(ResumeWithInitialWeights, OtherContentsAreRefusedByTheKeyThatDiffers) {
  write("other.safetensors", weights(2));
  refuses({init("other.safetensors")}, 78, "model.init_sha256 decides the bits");
  refuses({init("other.safetensors"), "model.init_sha256=" + sha256_}, 78,
          "model.init_sha256 decides the bits");
}

TEST_F(ResumeWithInitialWeights, TheSameContentsElsewhereAreTaken) {
  write("moved.safetensors", weights(1));
  std::filesystem::remove(path("w.safetensors"));
  const ProgramOutput output = muster({"resume", "tiny-0001", init("moved.safetensors")});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_THAT(read_file(run().experiment()), HasSubstr("init: " + path("moved.safetensors")));
}

TEST_F(ResumeWithInitialWeights, WithoutACheckpointTheFileMustBeAsItWas) {
  write("w.safetensors", weights(2));
  refuses({}, 65, "model.init: " + path("w.safetensors"));
  write("w.safetensors", weights(1));
  EXPECT_EQ(muster({"resume", "tiny-0001"}).status, 0);
}

TEST_F(ResumeWithInitialWeights, WithACheckpointTheFileMayBeGone) {
  std::filesystem::create_directories(run().checkpoint(2));
  std::filesystem::remove(path("w.safetensors"));
  const ProgramOutput output = muster({"resume", "tiny-0001"});
  EXPECT_EQ(output.status, 0) << output.err;
}

}  // namespace
}  // namespace muster::coordinator::cli
