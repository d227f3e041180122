#include "data/hash_cache.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "common/atomic_file.h"

namespace muster::data {
namespace {

namespace fs = std::filesystem;

constexpr int kSchema = 1;
constexpr std::uintmax_t kBytesMax = std::uintmax_t{32} << 20;

/// The folder that the variable names; empty unless that is an absolute path.
fs::path folder_in(const char* variable) {
  const char* const value = std::getenv(variable);
  const fs::path folder = value == nullptr ? "" : value;
  return folder.is_absolute() ? folder : fs::path();
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

fs::path HashCache::file_of_user() {
  fs::path folder = folder_in("XDG_CACHE_HOME");
  if (folder.empty()) {
    const fs::path home = folder_in("HOME");
    if (home.empty()) return {};
    folder = home / ".cache";
  }
  return folder / "muster" / "data-hashes.json";
}

HashCache::HashCache(fs::path file) : file_(std::move(file)) {}

HashCache::~HashCache() {
  if (file_.empty() || added_.empty()) return;
  try {
    write();
  } catch (const std::exception&) {
    // A disk that is full, a home that cannot be written to: files will be read again.
  }
}

std::optional<HashCache::Contents> HashCache::find(const std::string& path, std::size_t token_bytes,
                                                   const FileStamp& stamp) {
  const std::lock_guard lock(mutex_);
  if (!read_) read_ = read(file_);
  const auto found = read_->find({path, token_bytes, stamp.device, stamp.inode});
  if (found == read_->end() || found->second.bytes != stamp.bytes ||
      found->second.modified_ns != stamp.modified_ns) {
    return std::nullopt;
  }
  return found->second.contents;
}

void HashCache::add(const std::string& path, std::size_t token_bytes, const FileStamp& stamp,
                    const Contents& contents) {
  const std::lock_guard lock(mutex_);
  added_[{path, token_bytes, stamp.device, stamp.inode}] = {.bytes = stamp.bytes,
                                                            .modified_ns = stamp.modified_ns,
                                                            .added_s = seconds_now(),
                                                            .contents = contents};
}

/// Of a file that is missing or damaged: nothing.
HashCache::Files HashCache::read(const fs::path& file) noexcept {
  try {
    if (file.empty() || !fs::is_regular_file(file) || fs::file_size(file) > kBytesMax) return {};
    const nlohmann::json json = nlohmann::json::parse(read_file(file));
    if (json.at("schema") != kSchema) return {};
    Files files;
    for (const nlohmann::json& entry : json.at("files")) {
      const Key key{entry.at("path").get<std::string>(), entry.at("token_bytes").get<std::size_t>(),
                    entry.at("device").get<std::uint64_t>(),
                    entry.at("inode").get<std::uint64_t>()};
      files[key] = {.bytes = entry.at("bytes").get<std::int64_t>(),
                    .modified_ns = entry.at("modified_ns").get<std::int64_t>(),
                    .added_s = entry.at("added_s").get<std::int64_t>(),
                    .contents = {.xxh3 = entry.at("xxh3").get<std::string>(),
                                 .greatest = entry.at("greatest").get<std::uint16_t>()}};
    }
    return files;
  } catch (const std::exception&) {
    return {};
  }
}

void HashCache::drop_oldest(Files& files) {
  if (files.size() <= kFilesMax) return;
  std::vector<std::pair<std::int64_t, const Key*>> ages;
  for (const auto& [key, known] : files) ages.emplace_back(known.added_s, &key);
  const std::size_t surplus = files.size() - kFilesMax;
  std::sort(ages.begin(), ages.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < surplus; ++i) files.erase(*ages[i].second);
}

void HashCache::write() const {
  Files files = read(file_);
  for (const auto& [key, known] : added_) files[key] = known;
  drop_oldest(files);
  nlohmann::json json = {{"schema", kSchema}, {"files", nlohmann::json::array()}};
  for (const auto& [key, known] : files) {
    const auto& [path, token_bytes, device, inode] = key;
    json["files"].push_back({{"path", path},
                             {"token_bytes", token_bytes},
                             {"device", device},
                             {"inode", inode},
                             {"bytes", known.bytes},
                             {"modified_ns", known.modified_ns},
                             {"added_s", known.added_s},
                             {"xxh3", known.contents.xxh3},
                             {"greatest", known.contents.greatest}});
  }
  fs::create_directories(file_.parent_path());
  write_file_atomic(file_, json.dump(), 0600);
}

}  // namespace muster::data
