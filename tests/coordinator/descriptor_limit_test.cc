#include "coordinator/net/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace muster::coordinator {
namespace {

TEST(DescriptorLimit, IsRaisedToWhatIsNeededAndNeverLowered) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_GE(before.rlim_max, 300U);
  const rlimit low{.rlim_cur = 256, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(100), 256U);
  EXPECT_EQ(raise_descriptor_limit(300), 300U);
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, 300U);
  EXPECT_EQ(now.rlim_max, before.rlim_max);
  if (before.rlim_max != RLIM_INFINITY) {
    EXPECT_EQ(raise_descriptor_limit(before.rlim_max + 1), before.rlim_max);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace muster::coordinator
