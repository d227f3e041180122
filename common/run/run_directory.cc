#include "common/run/run_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/flight/format.h"
#include "common/text.h"

namespace muster::run {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, std::string_view what, int error_number) {
  throw Error(ErrorCode::storage,
              concat(path.string(), ": cannot ", what, ": ", errno_text(error_number)),
              "set output.dir, MUSTER_RUNS or --run-dir to a folder that can be written to");
}

/// At least `digits` digits, zeros in front.
std::string padded(std::int64_t number, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*lld", digits, static_cast<long long>(number));
  return text.data();
}

/// 7 for "digits-0007" when `name` is "digits"; 0 for anything else.
std::int64_t number_of(std::string_view entry, std::string_view name) {
  if (!entry.starts_with(name)) return 0;
  entry.remove_prefix(name.size());
  if (!entry.starts_with('-')) return 0;
  entry.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), number);
  const bool is_number = error == std::errc() && end == entry.data() + entry.size() && number > 0;
  return is_number ? number : 0;
}

/// 3 for "launcher.3.log"; 0 for anything else.
std::int64_t generation_of_launcher_log(std::string_view name) {
  constexpr std::string_view kBefore = "launcher.";
  constexpr std::string_view kAfter = ".log";
  if (!name.starts_with(kBefore) || !name.ends_with(kAfter)) return 0;
  name.remove_prefix(kBefore.size());
  std::int64_t generation = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), generation);
  return error == std::errc() && end == name.data() + name.size() - kAfter.size() ? generation : 0;
}

std::int64_t largest_number(const fs::path& root, std::string_view name) {
  std::int64_t largest = 0;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    largest = std::max(largest, number_of(entry->path().filename().string(), name));
  }
  if (error) fail(root, "list", error.value());
  return largest;
}

void make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail(path, "create", error.value());
}

/// mkdir(2): the one way to make a folder that says who made it. False when it is there already.
bool make_new_folder(const fs::path& path) {
  if (mkdir(path.c_str(), 0755) == 0) return true;
  if (errno == EEXIST) return false;
  fail(path, "create", errno);
}

fs::path take_next_name(const fs::path& root, const std::string& name) {
  for (std::int64_t number = largest_number(root, name) + 1;; ++number) {
    const fs::path path = root / concat(name, "-", padded(number, 4));
    if (make_new_folder(path)) return path;
  }
}

/// Absolute, and without a slash at its end.
fs::path cleaned(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

fs::path take_exactly(const fs::path& path) {
  make_folders(path.parent_path());
  if (!make_new_folder(path)) {
    throw Error(ErrorCode::invalid, concat(path.string(), ": exists already"),
                "name a folder that does not exist yet");
  }
  return path;
}

}  // namespace

fs::path RunDirectory::journal_of(std::int64_t coordinator) const {
  return journal() / concat(coordinator, ".jsonl");
}

fs::path RunDirectory::ledger_of(std::int64_t coordinator) const {
  return journal() / concat(coordinator, ".ledger.json");
}

fs::path RunDirectory::worker_log(int rank, std::int64_t generation) const {
  return log() / concat("worker-", rank, ".", generation, ".log");
}

fs::path RunDirectory::launcher_log(std::int64_t generation) const {
  return log() / concat("launcher.", generation, ".log");
}

std::int64_t RunDirectory::newest_launcher_log() const {
  std::int64_t newest = 0;
  std::error_code error;
  for (fs::directory_iterator entry(log(), error), end; !error && entry != end;
       entry.increment(error)) {
    newest = std::max(newest, generation_of_launcher_log(entry->path().filename().string()));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorCode::storage, concat(log().string(), ": cannot list: ", error.message()));
  }
  return newest;
}

fs::path RunDirectory::sample_ledger(int rank, std::int64_t generation) const {
  return samples() / concat("rank-", rank, ".", generation, ".jsonl");
}

fs::path RunDirectory::flight_record(int rank, std::int64_t generation) const {
  return flight::file_of(flight(), rank, generation);
}

fs::path RunDirectory::checkpoint(std::int64_t step) const {
  return checkpoints() / checkpoint_name(step);
}

std::string checkpoint_name(std::int64_t step) { return concat("step-", padded(step, 6)); }

std::optional<std::int64_t> step_of_checkpoint_name(std::string_view name) {
  constexpr std::string_view kPrefix = "step-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kPrefix.size());
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool is_number = error == std::errc() && step >= 0;
  // One name per step: neither step-120 nor step-000120x is another one of step 120.
  return is_number && checkpoint_name(step) == name ? std::optional(step) : std::nullopt;
}

bool is_run_name(std::string_view name) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && is_letter_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

fs::path run_root(const config::Experiment& experiment) {
  if (experiment.output.dir) return fs::absolute(*experiment.output.dir);
  const char* const from_environment = std::getenv("MUSTER_RUNS");
  const bool is_set = from_environment != nullptr && *from_environment != '\0';
  return fs::absolute(is_set ? from_environment : "runs");
}

RunDirectory create_run_directory(const CreateOptions& options) {
  fs::path path;
  if (options.exactly) {
    path = take_exactly(cleaned(*options.exactly));
  } else {
    MUSTER_ASSERT(!options.name.empty() && options.name.find('/') == std::string::npos,
                  "validation lets no such name through");
    make_folders(options.root);
    path = take_next_name(cleaned(options.root), options.name);
  }
  const RunDirectory run(path);
  for (const fs::path& folder : {run.journal(), run.log(), run.flight(), run.checkpoints()}) {
    if (!make_new_folder(folder)) fail(folder, "create", EEXIST);
  }
  fsync_path(run.path());
  fsync_path(run.path().parent_path());
  return run;
}

}  // namespace muster::run
