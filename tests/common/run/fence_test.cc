// Coordinator numbers are taken once; the older one gives way; the secret stays one.
#include "common/run/fence.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <thread>
#include <vector>

#include "common/atomic_file.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

class Fence : public testing::Test {
 protected:
  Fence() { std::filesystem::create_directory(run_.journal()); }

  TemporaryFolder folder_;
  RunDirectory run_{folder_ / ""};
};

TEST_F(Fence, NumbersCountFromOne) {
  EXPECT_EQ(take_coordinator_number(run_, "{}"), 1);
  EXPECT_EQ(take_coordinator_number(run_, "{}\n"), 2);
  EXPECT_EQ(read_file(run_.journal() / "1.jsonl"), "{}\n");
  EXPECT_EQ(read_file(run_.journal() / "2.jsonl"), "{}\n");
}

TEST_F(Fence, NumbersAreNumbersNotTexts) {
  write_text(run_.journal() / "9.jsonl", "{}\n");
  EXPECT_EQ(take_coordinator_number(run_, "{}"), 10);
  EXPECT_EQ(take_coordinator_number(run_, "{}"), 11);
}

TEST_F(Fence, OtherFilesDoNotCount) {
  for (const char* name : {"notes.jsonl", "7.json", "8x.jsonl", ".9.jsonl.tmp"}) {
    write_text(run_.journal() / name, "");
  }
  EXPECT_EQ(take_coordinator_number(run_, "{}"), 1);
}

TEST_F(Fence, ManyAtOnceGetDifferentNumbers) {
  std::vector<std::int64_t> numbers(8);
  std::vector<std::thread> threads;
  for (std::int64_t& number : numbers) {
    threads.emplace_back([&] { number = take_coordinator_number(run_, "{}"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()),
            (std::set<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(Fence, MissingJournalFolderIsAStorageError) {
  std::filesystem::remove(run_.journal());
  EXPECT_EQ(code_of_error([&] { take_coordinator_number(run_, "{}"); }), ErrorCode::storage);
}

TEST_F(Fence, OlderCoordinatorGivesWayAndPublishesNothing) {
  const auto first = take_coordinator_number(run_, "{}");
  EXPECT_FALSE(is_superseded(run_, first));
  publish_address(run_, {.number = first, .host = "a", .port = 1000, .pid = 10});
  const auto second = take_coordinator_number(run_, "{}");
  EXPECT_TRUE(is_superseded(run_, first));
  EXPECT_FALSE(is_superseded(run_, second));
  EXPECT_EQ(
      code_of_error([&] { publish_address(run_, {.number = first, .host = "late", .port = 1}); }),
      ErrorCode::aborted);
  EXPECT_EQ(read_address(run_).host, "a");
}

TEST_F(Fence, AddressComesBack) {
  publish_address(run_, {.number = 3, .host = "node-7", .port = 65535, .pid = 4711});
  const CoordinatorAddress address = read_address(run_);
  EXPECT_EQ(address.number, 3);
  EXPECT_EQ(address.host, "node-7");
  EXPECT_EQ(address.port, 65535);
  EXPECT_EQ(address.pid, 4711);
}

TEST_F(Fence, NoAddressYetIsUnavailableAndABadOneCorrupt) {
  EXPECT_EQ(code_of_error([&] { read_address(run_); }), ErrorCode::unavailable);
  for (const char* text :
       {"", "{", "{}", R"({"schema":1,"number":1,"host":"a","port":0,"pid":1})"}) {
    write_text(run_.coordinator(), text);
    EXPECT_EQ(code_of_error([&] { read_address(run_); }), ErrorCode::corrupt) << text;
  }
}

TEST_F(Fence, SecretIsMadeOnceForTheOwnerAlone) {
  create_secret(run_);
  const std::string secret = read_secret(run_);
  EXPECT_EQ(secret.size(), 32U);
  create_secret(run_);
  EXPECT_EQ(read_secret(run_), secret);
  struct stat status {};
  ASSERT_EQ(stat(run_.secret().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Fence, SecretThatOthersMayReadIsRefused) {
  create_secret(run_);
  for (const mode_t mode : {0640, 0604, 0620, 0601}) {
    chmod(run_.secret().c_str(), mode);
    const Error error = error_of([&] { read_secret(run_); });
    EXPECT_EQ(error.code(), ErrorCode::storage);
    EXPECT_THAT(error.what(), testing::HasSubstr("others may"));
  }
}

TEST_F(Fence, MissingLinkedOrShortSecretIsRefused) {
  EXPECT_EQ(code_of_error([&] { read_secret(run_); }), ErrorCode::storage);
  for (const std::size_t size : {0U, 31U, 33U}) {
    write_file_atomic(run_.secret(), std::string(size, 'x'), 0600);
    EXPECT_EQ(code_of_error([&] { read_secret(run_); }), ErrorCode::storage) << size;
  }
  write_file_atomic(folder_ / "elsewhere", std::string(32, 'x'), 0600);
  std::filesystem::remove(run_.secret());
  std::filesystem::create_symlink(folder_ / "elsewhere", run_.secret());
  EXPECT_EQ(code_of_error([&] { read_secret(run_); }), ErrorCode::storage);
}

}  // namespace
}  // namespace muster::run
