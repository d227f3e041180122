// Token files stay open: many of them must not reach the limit on open files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "data/formats/data_file.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::HasSubstr;

/// Gives the process a soft limit for a while.
class SoftLimit {
 public:
  explicit SoftLimit(rlim_t files) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit limit{.rlim_cur = files, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  ~SoftLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(Descriptors, MoreTokenFilesThanTheSoftLimitAreOpened) {
  const TemporaryFolder folder;
  config::TokensOptions options;
  options.dtype = config::TokensOptions::Type::uint8;
  options.sequence = 3;
  for (int i = 0; i < 100; ++i) {
    options.files.push_back(folder.write("many-" + std::to_string(i), "abcd"));
  }
  const SoftLimit limit(40);
  EXPECT_EQ(open_dataset(options)->size(), 100);
}

TEST(Descriptors, LimitThatIsReachedIsNamed) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.write("a.bin", "abcd");
  const SoftLimit limit(3);
  try {
    const DataFile file(path);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(without_folder(error.what(), folder), "a.bin: Too many open files");
    EXPECT_THAT(error.hint(), HasSubstr("ulimit -n"));
  }
}

}  // namespace
}  // namespace muster::data
