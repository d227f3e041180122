// mpirun's prose, as Open MPI 4.1 and 5.0 write it.

#include "coordinator/launch/mpirun_report.h"

#include <gtest/gtest.h>

namespace muster::coordinator {
namespace {

TEST(MpirunReport, FindsTheWorkerThatASignalKilled) {
  const auto worker = parse_mpirun_report(
      "some output\n"
      "--------------------------------------------------------------------------\n"
      "Primary job  terminated normally, but 1 process returned\n"
      "a non-zero exit code. Per user-direction, the job has been aborted.\n"
      "--------------------------------------------------------------------------\n"
      "mpirun noticed that process rank 12 with PID 4711 on node n1 exited on signal 9 "
      "(Killed).\n");
  ASSERT_TRUE(worker);
  EXPECT_EQ(*worker, (WorkerEnd{.rank = 12, .host = "n1", .pid = 4711, .end = {0, 9}}));
}

TEST(MpirunReport, KnowsTheLongerPidsOfVersionFive) {
  const auto worker = parse_mpirun_report(
      "prterun noticed that process rank 1 with PID 2345678 on node host-2 exited on\n"
      "signal 11 (Segmentation fault).\n");
  EXPECT_FALSE(worker);  // A line break in between is not what either writes.
  const auto whole = parse_mpirun_report(
      "prterun noticed that process rank 1 with PID 2345678 on node host-2 exited on signal 11 "
      "(Segmentation fault).\n");
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, (WorkerEnd{.rank = 1, .host = "host-2", .pid = 2345678, .end = {0, 11}}));
}

TEST(MpirunReport, FindsTheWorkerThatEndedWithAStatus) {
  const auto four = parse_mpirun_report(
      "mpirun detected that one or more processes exited with non-zero status, thus causing\n"
      "the job to be terminated. The first process to do so was:\n\n"
      "  Process name: [[57417,1],3]\n"
      "  Exit code:    65\n");
  ASSERT_TRUE(four);
  EXPECT_EQ(*four, (WorkerEnd{.rank = 3, .host = "", .pid = 0, .end = {65, 0}}));
  const auto five = parse_mpirun_report(
      "   Process name: [prterun-n1-4711@1,2]\n"
      "   Exit code:    70\n");
  ASSERT_TRUE(five);
  EXPECT_EQ(*five, (WorkerEnd{.rank = 2, .host = "", .pid = 0, .end = {70, 0}}));
}

TEST(MpirunReport, FindsTheWorkerThatAborted) {
  const auto worker = parse_mpirun_report(
      "MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD\nwith errorcode 70.\n");
  ASSERT_TRUE(worker);
  EXPECT_EQ(*worker, (WorkerEnd{.rank = 1, .host = "", .pid = 0, .end = {70, 0}}));
}

TEST(MpirunReport, FindsNothingInOtherText) {
  for (const char* text :
       {"", "noticed that process rank", "noticed that process rank x with PID 1 on node n",
        "Process name: [", "Process name: [[1,1],1]", "Exit code: 3", "with PID 3"}) {
    EXPECT_FALSE(parse_mpirun_report(text)) << text;
  }
}

}  // namespace
}  // namespace muster::coordinator
