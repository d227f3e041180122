#include "coordinator/cli/order.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace muster::coordinator::cli {
namespace {

TEST(Order, LinesAreCompactJsonInAFixedOrderOfKeys) {
  const data::Partition partition(
      {.samples = 10, .global_batch = 4, .lanes = 2, .seed = 1, .shuffle = false});
  EXPECT_EQ(order_line(partition, 0, 0), "{\"step\":0,\"lane\":0,\"samples\":[0,1]}\n");
  EXPECT_EQ(order_line(partition, 1, 1), "{\"step\":1,\"lane\":1,\"samples\":[6,7]}\n");
}

// The tail of 10 samples in steps of 4 has 2: lane 0 gets one, lane 1 the other.
TEST(Order, ShortLastStepIsSpreadOverTheLanes) {
  const data::Partition partition(
      {.samples = 10, .global_batch = 4, .lanes = 2, .seed = 1, .shuffle = false});
  EXPECT_EQ(order_line(partition, 2, 0), "{\"step\":2,\"lane\":0,\"samples\":[8]}\n");
  EXPECT_EQ(order_line(partition, 2, 1), "{\"step\":2,\"lane\":1,\"samples\":[9]}\n");
}

}  // namespace
}  // namespace muster::coordinator::cli
