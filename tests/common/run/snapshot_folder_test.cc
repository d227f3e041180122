#include "common/run/snapshot_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "common/text.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

/// A folder of this user with one file of 5 bytes, as if nothing had happened there for an hour.
std::filesystem::path old_folder(const std::filesystem::path& dir, const std::string& run_id) {
  const auto folder = snapshot_folder({.enabled = true, .interval = {}, .dir = dir}, run_id);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "generation-1.rank-0.snapshot") << "12345";
  std::filesystem::last_write_time(
      folder, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  return folder;
}

std::vector<std::string> names(const std::vector<AbandonedSnapshots>& found) {
  std::vector<std::string> list;
  for (const auto& each : found) list.push_back(each.folder.filename().string());
  return list;
}

TEST(SnapshotFolder, IsFoundWhenNobodyHoldsItAnyMore) {
  const TemporaryFolder dir;
  const auto abandoned = old_folder(dir / "shm", "aaaa");
  const auto held_as_a_whole = old_folder(dir / "shm", "bbbb");
  const auto held_by_a_worker = old_folder(dir / "shm", "cccc");
  const auto fresh = old_folder(dir / "shm", "dddd");
  std::ofstream(fresh / "generation-2.rank-0.snapshot") << "";
  std::filesystem::create_directories(dir / "shm" / "muster-somebody-else");
  EXPECT_EQ(abandoned.filename(), concat("muster-", ::geteuid(), "-aaaa"));

  const FileDescriptor holds = hold_snapshot_folder(held_as_a_whole);
  ASSERT_TRUE(holds.is_open());
  const FileDescriptor worker(
      ::open((held_by_a_worker / "generation-1.rank-0.snapshot").c_str(), O_RDWR));
  ASSERT_EQ(::flock(worker.get(), LOCK_SH), 0);

  const auto found = abandoned_snapshots(dir / "shm");
  EXPECT_EQ(names(found), std::vector<std::string>{abandoned.filename().string()});
  EXPECT_EQ(found.front().bytes, 5);
}

// `muster run` of somebody else's looks at the folder at that very moment.
TEST(SnapshotFolder, IsHeldThoughSomebodyLooksWhetherItIs) {
  const TemporaryFolder dir;
  const auto folder = old_folder(dir / "shm", "aaaa");
  FileDescriptor looks(::open(folder.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(looks.get(), LOCK_EX), 0);
  std::atomic<bool> holds = false;
  FileDescriptor held;
  std::thread holder([&] {
    held = hold_snapshot_folder(folder);
    holds = true;
  });
  std::this_thread::yield();
  EXPECT_FALSE(holds);
  looks.close();
  holder.join();
  ASSERT_TRUE(held.is_open());
  EXPECT_TRUE(abandoned_snapshots(dir / "shm").empty());
}

TEST(SnapshotFolder, IsMadeForItsUserOnlyAndRemoved) {
  const TemporaryFolder dir;
  const auto folder = dir / "muster-1-a";
  const FileDescriptor holds = hold_snapshot_folder(folder);
  ASSERT_TRUE(holds.is_open());
  struct stat status {};
  ASSERT_EQ(::lstat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  std::ofstream(folder / "file") << "1";
  remove_snapshot_folder(folder);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(SnapshotFolder, ALinkIsNotFollowed) {
  const TemporaryFolder dir;
  std::filesystem::create_directories(dir / "precious");
  std::filesystem::create_directory_symlink(dir / "precious", dir / "muster-1-a");
  EXPECT_FALSE(hold_snapshot_folder(dir / "muster-1-a").is_open());
  remove_snapshot_folder(dir / "muster-1-a");
  EXPECT_TRUE(std::filesystem::exists(dir / "precious"));
}

}  // namespace
}  // namespace muster::run
