// Files and folders that appear whole or not at all, also after a power failure.
//
// Order, everywhere: write under a temporary name, fsync the file, rename, fsync the parent folder.
// A failed fsync is never tried again on the same file (the kernel may have dropped the pages): the
// temporary file is removed and the call throws. A rename or link that is answered with an error
// but was done (NFS, when an answer is lost) counts as done. All functions throw Error{storage}.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <string_view>

#include "common/file_descriptor.h"

namespace muster {

/// Replaces (or makes) `path` with `contents`. `mode` as for open(2).
void write_file_atomic(const std::filesystem::path& path, std::string_view contents,
                       unsigned mode = 0644);

/// Makes `path` with `contents`, or returns false when it is there already. Safe against another
/// process doing the same, on NFS too: link(2) of a finished temporary file, then a look which file
/// has the name.
bool create_exclusive(const std::filesystem::path& path, std::string_view contents,
                      unsigned mode = 0644);

/// A file that is made (it must not exist) and filled once, from its first byte to its last. What a
/// destructor finds unfinished stays as it is: the folder that it is in is removed (StagedFolder).
class NewFile {
 public:
  explicit NewFile(std::filesystem::path path, unsigned mode = 0644);

  /// The disk begins to take what was written while the rest is still being made.
  void write(std::span<const std::byte> bytes);
  /// Lets the disk begin with all that was written so far. Waits for nothing, promises nothing.
  void start_writeback();
  /// All of it is on the disk when this returns. Called once, last. `progressed` (may be empty) is
  /// called as often as the disk has taken another piece (8 MiB).
  void finish(const std::function<void()>& progressed = {});

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::size_t written_bytes_ = 0;
  std::size_t started_bytes_ = 0;  // Of those, the disk has begun with so many.
};

/// A folder that is filled under a temporary name and then given its final one.
///
///   StagedFolder folder(checkpoints / ".tmp-1-step-000120");
///   ... write files with folder.write(), or large ones piece by piece with folder.create() ...
///   folder.publish(checkpoints / "step-000120");
///
/// Not published, it is removed by the destructor.
class StagedFolder {
 public:
  /// Makes `temporary` (removing what an earlier attempt of the same name left there).
  explicit StagedFolder(std::filesystem::path temporary);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_; }

  /// Writes file `name` in the folder.
  void write(const std::string& name, std::span<const std::byte> contents);

  /// A file of the folder for the caller to fill, on any thread; it lives until make_durable().
  NewFile& create(const std::string& name);

  /// fsyncs every file and the folder, at the same time: a journal takes them together, where one
  /// after the other each waits for the disk. For who wants to look around between this and
  /// publish(), which otherwise calls it. `progressed` as in NewFile::finish, from several threads.
  void make_durable(const std::function<void()>& progressed = {});

  /// Makes it durable, renames it to `final_path`, which must not exist, and fsyncs its parent.
  void publish(const std::filesystem::path& final_path);

 private:
  std::filesystem::path temporary_;
  std::list<NewFile> files_;
  bool durable_ = false;
  bool published_ = false;
};

/// Renames a file or folder; false, and nothing is done, when `to` exists. Safe against another
/// process doing the same where the file system knows RENAME_NOREPLACE; elsewhere (NFS) what is
/// left of the race is only with an empty folder. Does not fsync.
bool rename_exclusive(const std::filesystem::path& from, const std::filesystem::path& to);

/// fsyncs a file or a folder by name.
void fsync_path(const std::filesystem::path& path);

/// The whole of a small file. Throws Error{storage}, naming the file.
std::string read_file(const std::filesystem::path& path);

}  // namespace muster
