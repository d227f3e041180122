#include "data/formats/tokens.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "data/formats/data_file.h"
#include "data/formats/field_needs.h"
#include "data/formats/sample_range.h"
#include "data/formats/token_scan.h"

namespace muster::data {
namespace {

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

/// A file with what is in it; `entry` is its line of the manifest.
TokenFile open_file(const std::filesystem::path& path, const TokenWindows& windows,
                    const TokenChecks& checks, BadRecords& bad_records, FileEntry& entry) {
  TokenFile file{.file = DataFile(path), .samples = {}};
  check_size(file.file, windows);
  const std::int64_t tokens = file.file.size() / static_cast<std::int64_t>(windows.token_bytes);
  const std::int64_t all = windows.count_in(tokens);
  const std::vector<std::int64_t> bad = find_bad_windows(file.file, windows, checks, bad_records);
  if (file.file.bytes_read() != file.file.size()) {
    throw Error(ErrorCode::corrupt, concat(file.file.path(), ": changed while it was being read"));
  }
  const auto skipped = static_cast<std::int64_t>(bad.size());
  file.samples.size = all - skipped;
  file.samples.good = all_but(bad, all);
  entry = file.file.entry(file.samples.size, skipped);
  entry.left_over = all == 0 ? tokens : tokens - all * windows.sequence - 1;
  return file;
}

}  // namespace

std::unique_ptr<Dataset> open_tokens(const config::TokensOptions& options,
                                     std::span<const config::FieldNeed> needs,
                                     const Manifest* expected) {
  if (options.files.empty()) throw Error(ErrorCode::invalid, "tokens without files");
  check_file_count(expected, options.files.size());
  const TokenWindows windows = windows_of(options, needs);
  TokenChecks checks{TokenCheck(find_need(needs, "input")), TokenCheck(find_need(needs, "label"))};
  std::vector<TokenFile> files;
  Manifest manifest;
  BadRecords bad_records;
  std::int64_t samples = 0;
  for (const std::filesystem::path& path : options.files) {
    FileEntry entry;
    TokenFile file = open_file(path, windows, checks, bad_records, entry);
    file.samples.first = samples;
    samples += file.samples.size;
    check_unchanged(expected, manifest.files.size(), entry);
    manifest.files.push_back(std::move(entry));
    files.push_back(std::move(file));
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
