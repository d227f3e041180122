// The command that starts a world.

#include "coordinator/launch/mpirun.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "coordinator/launch/temporary.h"

namespace muster::coordinator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LaunchRequest request() {
  return {.worker_program = "/opt/muster-worker",
          .run = "/runs/digits-0001",
          .generation = 2,
          .workers = 4,
          .temporary = "/tmp/muster-0-abc-g2"};
}

config::Cluster cluster_with(std::vector<std::string> mpirun_args) {
  config::Cluster cluster;
  cluster.mpirun_args = std::move(mpirun_args);
  return cluster;
}

std::ptrdiff_t occurrences(const Command& command, const std::string& word) {
  return std::count(command.arguments.begin(), command.arguments.end(), word);
}

TEST(MpirunCommand, IsMinimalOnOneNode) {
  const Command command = mpirun_command({}, {}, request());
  EXPECT_THAT(command.arguments,
              ElementsAre("mpirun", "--oversubscribe", "--bind-to", "none", "-np", "4",
                          "/opt/muster-worker", "--run", "/runs/digits-0001", "--generation", "2"));
  EXPECT_EQ(command.environment.at("OMPI_MCA_pml"), "ob1");
  EXPECT_EQ(command.environment.at("OMPI_MCA_btl"), "self,vader");
  EXPECT_EQ(command.environment.at("OMPI_MCA_odls_base_sigkill_timeout"), "0");
  EXPECT_EQ(command.environment.at("OMPI_MCA_orte_tmpdir_base"), "/tmp/muster-0-abc-g2");
  EXPECT_EQ(command.environment.at("OMPI_MCA_btl_vader_backing_directory"), "/tmp/muster-0-abc-g2");
  EXPECT_EQ(command.environment.at(kWorldVariable), "/tmp/muster-0-abc-g2");
}

TEST(MpirunCommand, LeavesTheTransportOpenWhereThereMayBeANetwork) {
  config::Comm comm;
  comm.ranks_per_node = 1;
  EXPECT_FALSE(mpirun_command({}, comm, request()).environment.contains("OMPI_MCA_btl"));
  LaunchRequest far = request();
  far.other_hosts = true;
  EXPECT_FALSE(mpirun_command({}, {}, far).environment.contains("OMPI_MCA_btl"));
}

TEST(MpirunCommand, PassesArgumentsThroughAndDoesNotContradictThem) {
  const Command command = mpirun_command(
      cluster_with({"--mca", "btl", "tcp,self", "--bind-to", "core", "-nooversubscribe"}), {},
      request());
  EXPECT_EQ(occurrences(command, "--bind-to"), 1);
  EXPECT_EQ(occurrences(command, "--oversubscribe"), 0);
  const auto at = [&](const std::string& word) {
    return std::find(command.arguments.begin(), command.arguments.end(), word);
  };
  EXPECT_LT(at("tcp,self"), at("-np"));
}

TEST(MpirunCommand, ForwardsVariablesByNameSoThatNoValueIsSeenInAProcessList) {
  config::Cluster cluster;
  cluster.env = {{"TOKEN", "secret value"}, {"OMPI_MCA_pml", "ucx"}};
  const Command command = mpirun_command(cluster, {}, request());
  EXPECT_EQ(command.environment.at("TOKEN"), "secret value");
  EXPECT_EQ(command.environment.at("OMPI_MCA_pml"), "ucx");
  EXPECT_EQ(occurrences(command, "-x"), 2);
  EXPECT_EQ(occurrences(command, "TOKEN"), 1);
  for (const auto& word : command.arguments) EXPECT_THAT(word, Not(HasSubstr("secret value")));
}

TEST(MpirunCommand, SaysThatRootIsMeant) {
  LaunchRequest as_root = request();
  as_root.as_root = true;
  EXPECT_EQ(occurrences(mpirun_command({}, {}, as_root), "--allow-run-as-root"), 1);
}

TEST(CommandText, IsWhatAShellReadsBack) {
  const Command command{.arguments = {"mpirun", "a b", "it's", "", "$HOME", "--x=1"},
                        .environment = {{"A", "1 2"}}};
  EXPECT_EQ(command.text(), R"(A='1 2' mpirun 'a b' 'it'\''s' '' '$HOME' --x=1)");
}

TEST(OtherHosts, AreExpectedFromHostOptionsAndBatchSystems) {
  const auto nothing = [](const char*) -> const char* { return nullptr; };
  const auto one_node = [](const char* name) -> const char* {
    return std::string(name) == "SLURM_JOB_NUM_NODES" ? "1" : nullptr;
  };
  const auto two_nodes = [](const char* name) -> const char* {
    return std::string(name) == "SLURM_JOB_NUM_NODES" ? "2" : nullptr;
  };
  EXPECT_FALSE(may_use_other_hosts({}, nothing));
  EXPECT_FALSE(may_use_other_hosts({"--mca", "btl", "tcp,self"}, nothing));
  EXPECT_FALSE(may_use_other_hosts({}, one_node));
  EXPECT_TRUE(may_use_other_hosts({}, two_nodes));
  for (const char* option :
       {"-host", "--host", "-H", "--hostfile", "--hostfile=x", "-machinefile"}) {
    EXPECT_TRUE(may_use_other_hosts({option, "n1,n2"}, nothing)) << option;
  }
}

TEST(TemporaryFolder, LeavesRoomForTheNamesOfSockets) {
  const auto folder = temporary_folder("0123456789abcdef", 12);
  EXPECT_THAT(folder.string(), HasSubstr("-0123456789abcdef-g12"));
  EXPECT_LT(folder.string().size(), 50u);
}

}  // namespace
}  // namespace muster::coordinator
