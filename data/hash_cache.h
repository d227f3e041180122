// What reading whole files of tokens found, kept from one start to the next, so that a data set of
// terabytes is hashed once and not at every start. One small file per user.
//
// Only a help: where it is missing, damaged, too large or cannot be written, files are read again,
// and nobody is told. Several processes may use it at once; when two write, the last one wins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "data/formats/data_file.h"

namespace muster::data {

class HashCache {
 public:
  static constexpr std::size_t kFilesMax = 10'000;  // The oldest are dropped first.

  /// What is known of a file's contents.
  struct Contents {
    std::string xxh3;
    std::uint16_t greatest = 0;  // Of its tokens.

    bool operator==(const Contents&) const = default;
  };

  /// $XDG_CACHE_HOME/muster/data-hashes.json, or the same in ~/.cache; empty where the environment
  /// has neither.
  static std::filesystem::path file_of_user();

  /// Reads `file` when it is first asked. Empty: nothing is kept.
  explicit HashCache(std::filesystem::path file);
  /// Writes what was added, together with what others have written meanwhile.
  ~HashCache();
  HashCache(const HashCache&) = delete;
  HashCache& operator=(const HashCache&) = delete;

  /// What was found in the file of that absolute path when it was read as tokens of so many bytes:
  /// nothing unless the whole stamp is the same. Any thread.
  std::optional<Contents> find(const std::string& path, std::size_t token_bytes,
                               const FileStamp& stamp);

  /// Any thread. `stamp`: a settled one.
  void add(const std::string& path, std::size_t token_bytes, const FileStamp& stamp,
           const Contents& contents);

 private:
  // Path, bytes of a token, device, inode: the same path may be another file on another host.
  using Key = std::tuple<std::string, std::size_t, std::uint64_t, std::uint64_t>;
  struct Known {
    std::int64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t added_s = 0;  // Since 1970.
    Contents contents;
  };
  using Files = std::map<Key, Known>;

  static Files read(const std::filesystem::path& file) noexcept;
  static void drop_oldest(Files& files);
  void write() const;

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::optional<Files> read_;  // Under mutex_, as the next. None until somebody asks.
  Files added_;
};

}  // namespace muster::data
