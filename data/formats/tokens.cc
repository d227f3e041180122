#include "data/formats/tokens.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "common/descriptor_limit.h"
#include "common/error.h"
#include "common/text.h"
#include "data/formats/data_file.h"
#include "data/formats/field_needs.h"
#include "data/formats/memory_guard.h"
#include "data/formats/sample_range.h"
#include "data/formats/token_scan.h"
#include "data/hash_cache.h"
#include "data/in_parallel.h"

namespace muster::data {
namespace {

/// More bad windows of a file than these are not written into the plan: workers look for them.
constexpr std::size_t kPlannedBadMax = 65'536;

struct TokenFile {
  DataFile file;
  SampleRange samples;  // Its records are windows.
};

class TokensDataset final : public Dataset {
 public:
  TokensDataset(std::vector<TokenFile> files, const TokenWindows& windows, TokenChecks checks,
                Manifest manifest, BadRecords skipped)
      : files_(std::move(files)),
        windows_(windows),
        checks_(std::move(checks)),
        limit_(checks_.limit()),
        size_(files_.back().samples.first + files_.back().samples.size),
        fields_{{.name = "input", .dtype = DType::int64, .shape = {windows.sequence}},
                {.name = "label", .dtype = DType::int64, .shape = {windows.sequence}}},
        manifest_(std::move(manifest)),
        skipped_(std::move(skipped)) {}

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }
  const BadRecords& skipped() const override { return skipped_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    Batch batch = make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    // The memory of the batch is aligned for every type.
    auto* input = reinterpret_cast<std::int64_t*>(batch.fields[0].values.data());
    auto* label = reinterpret_cast<std::int64_t*>(batch.fields[1].values.data());
    std::vector<std::byte> window(static_cast<std::size_t>(windows_.bytes()));
    for (const std::int64_t index : indices) {
      MUSTER_ASSERT(index >= 0 && index < size_, "a sample that does not exist");
      copy_sample(index, window, input, label);
      input += windows_.sequence;
      label += windows_.sequence;
    }
    return batch;
  }

 private:
  void copy_sample(std::int64_t sample, std::span<std::byte> window, std::int64_t* input,
                   std::int64_t* label) const {
    const TokenFile& file = file_of(files_, sample);
    file.file.read_at(windows_.offset(file.samples.record_of(sample)), window);
    const auto last = static_cast<std::size_t>(windows_.sequence);
    std::uint16_t greatest = 0;
    for_each_token(window, windows_.token_bytes, [&](std::size_t i, std::uint16_t token) {
      if (i < last) input[i] = token;
      if (i > 0) label[i - 1] = token;
      greatest = std::max(greatest, token);
    });
    if (greatest >= limit_) check_again(file, window);
  }

  /// A model must not see a token that it has no place for, even if somebody writes to the file.
  void check_again(const TokenFile& file, std::span<const std::byte> window) const {
    const auto last = static_cast<std::size_t>(windows_.sequence);
    for_each_token(window, windows_.token_bytes, [&](std::size_t i, std::uint16_t token) {
      const bool is_good = (i == last || checks_.input.complaint(token).empty()) &&
                           (i == 0 || checks_.label.complaint(token).empty());
      if (is_good) return;
      throw Error(ErrorCode::corrupt,
                  concat(file.file.path(), ": has a token ", token,
                         " that was not there when it was opened"),
                  "data must not be changed while a run uses them");
    });
  }

  const std::vector<TokenFile> files_;
  const TokenWindows windows_;
  const TokenChecks checks_;
  const std::uint32_t limit_;  // Tokens below are good.
  const std::int64_t size_;
  const std::vector<FieldSpec> fields_;
  const Manifest manifest_;
  const BadRecords skipped_;
};

TokenWindows windows_of(const config::TokensOptions& options,
                        std::span<const config::FieldNeed> needs) {
  TokenWindows windows;
  windows.token_bytes = options.dtype == config::TokensOptions::Type::uint8 ? 1 : 2;
  const config::FieldNeed* input = find_need(needs, "input");
  windows.sequence = options.sequence.value_or(input == nullptr ? 0 : input->elements());
  if (windows.sequence < 1) {
    throw Error(ErrorCode::invalid, "tokens need 'sequence': how many a sample has",
                "sequence: 256");
  }
  return windows;
}

std::vector<std::int64_t> all_but(const std::vector<std::int64_t>& bad, std::int64_t count) {
  std::vector<std::int64_t> good;
  if (bad.empty()) return good;
  good.reserve(static_cast<std::size_t>(count) - bad.size());
  auto next_bad = bad.begin();
  for (std::int64_t i = 0; i < count; ++i) {
    if (next_bad != bad.end() && *next_bad == i) {
      ++next_bad;
    } else {
      good.push_back(i);
    }
  }
  return good;
}

void check_size(const DataFile& file, const TokenWindows& windows) {
  if (file.size() == 0) throw Error(ErrorCode::corrupt, concat(file.path(), ": is empty"));
  if (file.size() % static_cast<std::int64_t>(windows.token_bytes) == 0) return;
  throw Error(ErrorCode::corrupt,
              concat(file.path(), ": has ", with_thousands(file.size()),
                     " bytes, which is no whole number of uint16 tokens"),
              "is the file truncated, or are its tokens uint8?");
}

/// A file with what is in it.
struct OpenedFile {
  std::optional<TokenFile> file;
  FileEntry entry;  // Its line of the manifest.
  BadRecords bad_records;
};

/// Opens files, one call for each. Any thread.
class Opener {
 public:
  Opener(const TokenWindows& windows, const TokenChecks& checks, HashCache* cache)
      : windows_(windows), checks_(checks), cache_(cache) {}

  /// `expected`: what was planned with; null: nothing yet.
  OpenedFile open(const std::filesystem::path& path, const FileEntry* expected) const {
    OpenedFile opened;
    TokenFile& file = opened.file.emplace(TokenFile{.file = DataFile(path), .samples = {}});
    check_size(file.file, windows_);
    if (expected != nullptr) check_size_unchanged(*expected, file.file.path(), file.file.size());
    std::vector<std::int64_t> bad;
    if (expected != nullptr && is_as_planned(file.file, *expected)) {
      take_from_plan(file.file, *expected, opened);
      bad = expected->bad_records;
    } else if (!take_from_cache(file.file, opened)) {
      bad = read_whole(file.file, opened);
    }
    count(opened, std::move(bad));
    if (expected != nullptr) check_unchanged(*expected, opened.entry);
    return opened;
  }

 private:
  std::int64_t tokens_in(const DataFile& file) const {
    return file.size() / static_cast<std::int64_t>(windows_.token_bytes);
  }

  /// Not modified since the plan was made, and the plan says all that reading it would.
  bool is_as_planned(const DataFile& file, const FileEntry& expected) const {
    const std::vector<std::int64_t>& bad = expected.bad_records;
    const std::int64_t all = windows_.count_in(tokens_in(file));
    return expected.modified_ns != 0 && expected.modified_ns == file.stamp().modified_ns &&
           expected.records + expected.skipped == all &&
           static_cast<std::int64_t>(bad.size()) == expected.skipped &&
           std::is_sorted(bad.begin(), bad.end(), std::less_equal<>()) &&
           (bad.empty() || (bad.front() >= 0 && bad.back() < all));
  }

  static void take_from_plan(const DataFile& file, const FileEntry& expected, OpenedFile& opened) {
    opened.entry.xxh3 = expected.xxh3;
    opened.entry.modified_ns = expected.modified_ns;
    for (const std::int64_t window : expected.bad_records) {
      opened.bad_records.add(concat(file.path(), ": record ", window),
                             "was bad when this run was planned");
    }
  }

  /// Whether the cache knows the file, and all its tokens are good.
  bool take_from_cache(const DataFile& file, OpenedFile& opened) const {
    if (cache_ == nullptr) return false;
    const std::optional<HashCache::Contents> known =
        cache_->find(file.absolute_path(), windows_.token_bytes, file.stamp());
    if (!known || known->greatest >= checks_.limit()) return false;
    opened.entry.xxh3 = known->xxh3;
    opened.entry.modified_ns = file.stamp().modified_ns;
    return true;
  }

  /// The bad windows.
  std::vector<std::int64_t> read_whole(DataFile& file, OpenedFile& opened) const {
    TokenScan scan = scan_tokens(file, windows_, checks_);
    if (file.bytes_read() != file.size()) {
      throw Error(ErrorCode::corrupt, concat(file.path(), ": changed while it was being read"));
    }
    opened.entry.xxh3 = file.xxh3();
    if (const std::optional<FileStamp> stamp = file.settled_stamp()) {
      opened.entry.modified_ns = stamp->modified_ns;
      if (cache_ != nullptr) {
        cache_->add(file.absolute_path(), windows_.token_bytes, *stamp,
                    {.xxh3 = opened.entry.xxh3, .greatest = scan.greatest});
      }
    }
    opened.bad_records = std::move(scan.bad_records);
    return std::move(scan.bad);
  }

  /// Fills in what follows from the size and the bad windows.
  void count(OpenedFile& opened, std::vector<std::int64_t> bad) const {
    DataFile& file = opened.file->file;
    const std::int64_t tokens = tokens_in(file);
    const std::int64_t all = windows_.count_in(tokens);
    opened.file->samples.size = all - static_cast<std::int64_t>(bad.size());
    opened.file->samples.good = all_but(bad, all);
    opened.entry.path = file.absolute_path();
    opened.entry.bytes = file.size();
    opened.entry.records = opened.file->samples.size;
    opened.entry.skipped = static_cast<std::int64_t>(bad.size());
    opened.entry.left_over = all == 0 ? tokens : tokens - all * windows_.sequence - 1;
    if (bad.size() <= kPlannedBadMax) opened.entry.bad_records = std::move(bad);
  }

  const TokenWindows& windows_;
  const TokenChecks& checks_;
  HashCache* const cache_;
};

}  // namespace

std::unique_ptr<Dataset> open_tokens(const config::TokensOptions& options,
                                     std::span<const config::FieldNeed> needs,
                                     const Manifest* expected, HashCache* cache) {
  if (options.files.empty()) throw Error(ErrorCode::invalid, "tokens without files");
  check_file_count(expected, options.files.size());
  const TokenWindows windows = windows_of(options, needs);
  TokenChecks checks{TokenCheck(find_need(needs, "input")), TokenCheck(find_need(needs, "label"))};
  raise_descriptor_limit(options.files.size());  // Files stay open.
  const Opener opener(windows, checks, cache);
  std::vector<OpenedFile> opened(options.files.size());
  in_parallel(opened.size(), [&](std::size_t i) {
    const std::filesystem::path& path = options.files[i];
    opened[i] = with_memory_for(path, [&] {
      return opener.open(path, expected == nullptr ? nullptr : &expected->files[i]);
    });
  });
  std::vector<TokenFile> files;
  Manifest manifest;
  BadRecords bad_records;
  std::int64_t samples = 0;
  for (OpenedFile& one : opened) {
    one.file->samples.first = samples;
    samples += one.file->samples.size;
    bad_records.append(one.bad_records);
    manifest.files.push_back(std::move(one.entry));
    files.push_back(std::move(*one.file));
  }
  bad_records.check(options.bad_records, samples);
  if (samples == 0) {
    throw Error(ErrorCode::corrupt,
                concat(options.files.front().string(), ": no file holds a whole sample of ",
                       with_thousands(windows.sequence + 1), " tokens"),
                "a sample is one token longer than its sequence");
  }
  return std::make_unique<TokensDataset>(std::move(files), windows, std::move(checks),
                                         std::move(manifest), std::move(bad_records));
}

}  // namespace muster::data
