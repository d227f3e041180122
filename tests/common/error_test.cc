// Codes, their names and their exit statuses.
#include "common/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

namespace muster {
namespace {

struct Row {
  ErrorCode code;
  const char* name;
  int exit_status;
};

constexpr Row kRows[] = {
    {ErrorCode::invalid, "invalid", 78},         {ErrorCode::unsupported, "unsupported", 78},
    {ErrorCode::corrupt, "corrupt", 65},         {ErrorCode::storage, "storage", 74},
    {ErrorCode::unavailable, "unavailable", 69}, {ErrorCode::timeout, "timeout", 69},
    {ErrorCode::aborted, "aborted", 70},
};

TEST(ErrorCodes, HaveStableNamesAndExitStatuses) {
  for (const Row& row : kRows) {
    EXPECT_EQ(to_string(row.code), row.name);
    EXPECT_EQ(error_code_from(row.name), row.code);
    EXPECT_EQ(exit_status(row.code), row.exit_status) << row.name;
  }
}

TEST(ErrorCodes, UnknownNameIsRefused) {
  EXPECT_THROW(error_code_from("broken"), std::invalid_argument);
  EXPECT_THROW(error_code_from(""), std::invalid_argument);
}

TEST(ExitStatus, TextSaysWhatItMeans) {
  EXPECT_EQ(exit_status_text(0), "success");
  EXPECT_EQ(exit_status_text(65), "missing or wrong data");
  EXPECT_EQ(exit_status_text(137), "ended by signal 9");
  EXPECT_EQ(exit_status_text(3), "exit status 3");
  EXPECT_EQ(exit_status_text(128), "exit status 128");
}

TEST(Error, CarriesCodeMessageAndHint) {
  const Error error(ErrorCode::storage, "runs: full", "free some space");
  EXPECT_EQ(error.code(), ErrorCode::storage);
  EXPECT_STREQ(error.what(), "runs: full");
  EXPECT_EQ(error.hint(), "free some space");
}

TEST(ErrnoText, SaysWhatTheSystemSays) {
  EXPECT_EQ(errno_text(ENOENT), "No such file or directory");
}

TEST(AssertDeathTest, NamesConditionAndReason) {
  EXPECT_DEATH(MUSTER_ASSERT(1 > 2, "one is the larger"), "one is the larger \\(1 > 2");
}

// What is missing stays missing; what cannot be read now may be good.
TEST(ReadError, IsDamageOnlyWhereThereIsNoFile) {
  for (const int number : {ENOENT, ENOTDIR, EISDIR, ELOOP}) {
    EXPECT_EQ(code_of_read_error(number), ErrorCode::corrupt) << errno_text(number);
  }
  for (const int number : {EIO, ESTALE, EMFILE, ENFILE, EACCES, ETIMEDOUT, ENOMEM}) {
    EXPECT_EQ(code_of_read_error(number), ErrorCode::storage) << errno_text(number);
  }
}

}  // namespace
}  // namespace muster
