#include "common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <future>
#include <optional>
#include <system_error>
#include <vector>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWritebackBytes = std::size_t{8} << 20;

[[noreturn]] void fail(const fs::path& path, std::string_view what, int error_number) {
  throw Error(ErrorCode::storage,
              concat(path.string(), ": cannot ", what, ": ", errno_text(error_number)));
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

/// A name beside `path` that no other process or thread uses.
fs::path temporary_beside(const fs::path& path) {
  const std::string random = random_bytes(8);
  const std::string suffix = to_hex(std::as_bytes(std::span(random)));
  return parent_of(path) / concat(".", path.filename().string(), ".", suffix, ".tmp");
}

/// A file that is removed again unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  ~TemporaryFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

/// Makes `path`, which must not exist, with `bytes`, all of them on the disk when this returns.
void write_new_file(const fs::path& path, std::span<const std::byte> bytes, unsigned mode) {
  NewFile file(path, mode);
  file.write(bytes);
  file.finish();
}

/// open(2) to read. A handle that NFS says is stale is looked up anew, once.
FileDescriptor open_to_read(const fs::path& path) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ESTALE) {
    file = FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  return file;
}

/// Which file or folder it is, whatever its name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// Of what has this name; nothing when nothing has. Looks twice: NFS may remember for a moment that
/// there was nothing.
std::optional<FileIdentity> identity_of(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 && lstat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

/// Calls `make`, which gives what is called `from` the name `to` and returns 0 or -1 with errno. 0,
/// or the error. On NFS, when an answer was lost, the request is sent again and answered with an
/// error, though the first one was carried out: only what has the name now tells.
template <class Make>
int named(const fs::path& from, const fs::path& to, const Make& make) {
  const std::optional<FileIdentity> before = identity_of(from);
  if (make() == 0) return 0;
  const int error_number = errno;
  return before && identity_of(to) == before ? 0 : error_number;
}

/// renameat2 with RENAME_NOREPLACE, or the nearest to it on a file system without: rename(2)
/// refuses to replace a folder that holds files.
int rename_without_replacing(const fs::path& from, const fs::path& to) {
  const int error_number = named(from, to, [&] {
    return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  });
  if (error_number != EINVAL && error_number != ENOSYS && error_number != EOPNOTSUPP) {
    return error_number;
  }
  if (identity_of(to)) return EEXIST;
  return named(from, to, [&] { return rename(from.c_str(), to.c_str()); });
}

}  // namespace

NewFile::NewFile(fs::path path, unsigned mode)
    : path_(std::move(path)),
      file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) {
  if (!file_.is_open()) fail(path_, "create", errno);
}

void NewFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    written_bytes_ += static_cast<std::size_t>(written);
  }
  if (written_bytes_ - started_bytes_ >= kWritebackBytes) start_writeback();
}

/// The result does not matter: not every file system can, and what fails to be written is told by
/// the fsync.
void NewFile::start_writeback() {
  sync_file_range(file_.get(), static_cast<off_t>(started_bytes_),
                  static_cast<off_t>(written_bytes_ - started_bytes_), SYNC_FILE_RANGE_WRITE);
  started_bytes_ = written_bytes_;
}

/// Piece by piece: an fsync of the whole may take minutes on a slow disk, and nothing could be seen
/// of how it gets on. An error that is told here would not be told by the fsync again.
void NewFile::finish(const std::function<void()>& progressed) {
  start_writeback();
  for (std::size_t taken = 0; progressed && taken < written_bytes_; taken += kWritebackBytes) {
    constexpr unsigned kTaken =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    const int result = sync_file_range(file_.get(), static_cast<off_t>(taken),
                                       static_cast<off_t>(kWritebackBytes), kTaken);
    const bool is_unknown = result != 0 && (errno == EINVAL || errno == ENOSYS || errno == ESPIPE);
    if (is_unknown) break;
    if (result != 0) fail(path_, "fsync", errno);
    progressed();
  }
  if (fsync(file_.get()) != 0) fail(path_, "fsync", errno);
  if (!file_.close()) fail(path_, "close", errno);
}

void write_file_atomic(const fs::path& path, std::string_view contents, unsigned mode) {
  TemporaryFile temporary(temporary_beside(path));
  write_new_file(temporary.path(), std::as_bytes(std::span(contents)), mode);
  const int error_number =
      named(temporary.path(), path, [&] { return rename(temporary.path().c_str(), path.c_str()); });
  if (error_number != 0) fail(path, "replace", error_number);
  temporary.keep();
  fsync_path(parent_of(path));
}

bool create_exclusive(const fs::path& path, std::string_view contents, unsigned mode) {
  const TemporaryFile temporary(temporary_beside(path));
  write_new_file(temporary.path(), std::as_bytes(std::span(contents)), mode);
  const int error_number =
      named(temporary.path(), path, [&] { return link(temporary.path().c_str(), path.c_str()); });
  if (error_number == EEXIST) return false;
  if (error_number != 0) fail(path, "create", error_number);
  fsync_path(parent_of(path));
  return true;
}

StagedFolder::StagedFolder(fs::path temporary) : temporary_(std::move(temporary)) {
  std::error_code error;
  fs::remove_all(temporary_, error);
  if (error) fail(temporary_, "remove what an earlier attempt left", error.value());
  if (mkdir(temporary_.c_str(), 0755) != 0) fail(temporary_, "create", errno);
}

StagedFolder::~StagedFolder() {
  if (published_) return;
  files_.clear();  // Open files that are removed would stay in the folder on NFS.
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void StagedFolder::write(const std::string& name, std::span<const std::byte> contents) {
  create(name).write(contents);
}

NewFile& StagedFolder::create(const std::string& name) {
  MUSTER_ASSERT(!durable_, "a finished folder is not written to");
  return files_.emplace_back(temporary_ / name);
}

void StagedFolder::make_durable(const std::function<void()>& progressed) {
  MUSTER_ASSERT(!durable_, "a folder is finished once");
  for (NewFile& file : files_) file.start_writeback();
  std::vector<std::future<void>> fsyncs;  // Without a thread to be had, get() does it.
  for (NewFile& file : files_) fsyncs.push_back(std::async([&] { file.finish(progressed); }));
  fsync_path(temporary_);
  for (std::future<void>& fsync_of_file : fsyncs) fsync_of_file.get();
  files_.clear();
  durable_ = true;
}

void StagedFolder::publish(const fs::path& final_path) {
  MUSTER_ASSERT(!published_, "a folder is published once");
  if (!durable_) make_durable();
  const int error_number = rename_without_replacing(temporary_, final_path);
  if (error_number != 0) fail(final_path, "give a finished folder this name", error_number);
  published_ = true;
  fsync_path(parent_of(final_path));
}

bool rename_exclusive(const fs::path& from, const fs::path& to) {
  const int error_number = rename_without_replacing(from, to);
  if (error_number == EEXIST || error_number == ENOTEMPTY) return false;
  if (error_number != 0) fail(from, concat("rename to ", to.string()), error_number);
  return true;
}

void fsync_path(const fs::path& path) {
  const FileDescriptor file = open_to_read(path);
  if (!file.is_open()) fail(path, "open", errno);
  if (fsync(file.get()) != 0) fail(path, "fsync", errno);
}

std::string read_file(const fs::path& path) {
  const FileDescriptor file = open_to_read(path);
  if (!file.is_open()) fail(path, "open", errno);
  std::string contents;
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  for (;;) {
    const std::size_t size = contents.size();
    contents.resize(size + kPiece);
    const ssize_t got = read(file.get(), contents.data() + size, kPiece);
    contents.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return contents;
    if (got < 0 && errno != EINTR) fail(path, "read", errno);
  }
}

}  // namespace muster
