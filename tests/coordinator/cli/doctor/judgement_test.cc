// What the doctor makes of what it sees. That it sees right is tested on the whole program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/cli/doctor/limits.h"
#include "coordinator/cli/doctor/machine.h"
#include "coordinator/cli/doctor/report.h"

namespace muster::coordinator::cli::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;

TEST(Doctor, WarnsOfTooFewCoresAndOfAThreadLimit) {
  EXPECT_EQ(judge_threads({.cores = 4, .quota = {}, .thread_limit_variable = ""}).verdict,
            Verdict::ok);
  const Finding quota = judge_threads({.cores = 4, .quota = 1.5, .thread_limit_variable = ""});
  EXPECT_EQ(quota.verdict, Verdict::warning);
  EXPECT_THAT(quota.seen, HasSubstr("1.5 allowed by the control group"));
  const Finding limit = judge_threads({.cores = 4, .quota = {}, .thread_limit_variable = "1"});
  EXPECT_EQ(limit.verdict, Verdict::warning);
  EXPECT_THAT(limit.advice, HasSubstr("unset OMP_THREAD_LIMIT"));
}

TEST(Doctor, WarnsOfLittleMemoryAlsoWhenOnlyAContainerLimitsIt) {
  EXPECT_EQ(judge_memory({8 * kGibibyte, 4 * kGibibyte, {}}).verdict, Verdict::ok);
  EXPECT_EQ(judge_memory({8 * kGibibyte, kGibibyte, {}}).verdict, Verdict::warning);
  EXPECT_EQ(judge_memory({8 * kGibibyte, 4 * kGibibyte, kGibibyte}).verdict, Verdict::warning);
}

TEST(Doctor, NamesTheVectorInstructions) {
  EXPECT_EQ(judge_instructions(" sse2 avx fma avx2").seen, "AVX2");
  EXPECT_EQ(judge_instructions(" fma avx2 avx512f avx512dq avx512bw avx512vl ").seen, "AVX-512");
  EXPECT_EQ(judge_instructions(" sse2 avx2x").verdict, Verdict::warning);
  EXPECT_THAT(judge_instructions("").seen, HasSubstr("not an x86-64"));
}

TEST(Doctor, SharedMemoryMustBeThereAndShouldBeLarge) {
  EXPECT_EQ(judge_shared_memory(kGibibyte, "").verdict, Verdict::ok);
  EXPECT_EQ(judge_shared_memory(64 << 20, "").verdict, Verdict::warning);
  EXPECT_EQ(judge_shared_memory(kGibibyte, "Permission denied").verdict, Verdict::problem);
}

TEST(Doctor, FewOpenFilesAreAWarningWithACommand) {
  EXPECT_EQ(judge_open_files(1024, 4096).verdict, Verdict::ok);
  EXPECT_THAT(judge_open_files(256, 4096).advice, HasSubstr("ulimit -n 4096"));
  EXPECT_THAT(judge_open_files(256, 512).advice, HasSubstr("ulimit -n 512"));
}

TEST(Limits, AreReadInBothVersions) {
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(parse_cpu_max("-1 100000"), std::nullopt);
  EXPECT_EQ(parse_cpu_max(""), std::nullopt);
  EXPECT_THAT(control_folders("0::/a/b\n", "cpu"),
              ElementsAre("/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"));
  EXPECT_THAT(control_folders("5:memory:/\n4:cpu,cpuacct:/job\n", "cpu"),
              ElementsAre("/sys/fs/cgroup/cpu,cpuacct/job", "/sys/fs/cgroup/cpu,cpuacct"));
  EXPECT_THAT(control_folders("", "cpu"), IsEmpty());
}

TEST(DoctorReport, SaysWhatToDoBelowWhatWasSeen) {
  const Finding finding{"mpirun", Verdict::problem, "not found", "install Open MPI"};
  EXPECT_EQ(finding_text(finding, {}, 80),
            "problem  mpirun         not found\n"
            "                        -> install Open MPI\n");
  EXPECT_THAT(verdict_text({finding}), HasSubstr("1 problem: trainings will not work here"));
  EXPECT_EQ(exit_status({finding}), 69);
}

TEST(DoctorReport, WarningsDoNotMakeItFail) {
  const std::vector<Finding> findings = {{"a", Verdict::ok, "x", ""},
                                         {"b", Verdict::warning, "y", "z"}};
  EXPECT_EQ(exit_status(findings), 0);
  EXPECT_THAT(verdict_text(findings), HasSubstr("Everything is there that a training needs, 1 "));
  const auto json = findings_json(findings);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["checks"][1]["verdict"], "warning");
}

}  // namespace
}  // namespace muster::coordinator::cli::doctor
