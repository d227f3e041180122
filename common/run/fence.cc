#include "common/run/fence.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/hash.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;

/// 3 for "3.jsonl"; 0 for anything else.
std::int64_t number_of(const fs::path& file) {
  if (file.extension() != ".jsonl") return 0;
  const std::string stem = file.stem().string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return error == std::errc() && end == stem.data() + stem.size() ? number : 0;
}

/// The number of the latest coordinator; 0 when there was none.
std::int64_t latest_number(const RunDirectory& run) {
  const std::vector<std::int64_t> numbers = coordinator_numbers(run);
  return numbers.empty() ? 0 : numbers.back();
}

}  // namespace

void to_json(nlohmann::json& json, const CoordinatorAddress& address) {
  json = {{"schema", kSchema},
          {"number", address.number},
          {"host", address.host},
          {"port", address.port},
          {"pid", address.pid}};
}

void from_json(const nlohmann::json& json, CoordinatorAddress& address) {
  check_schema(json);
  const wire::JsonReader read(json, ErrorCode::corrupt);
  read("number", address.number);
  read("host", address.host);
  read("port", address.port);
  read("pid", address.pid);
  if (address.port < 1 || address.port > 65535) {
    throw Error(ErrorCode::corrupt, concat("there is no port ", address.port));
  }
}

std::vector<std::int64_t> coordinator_numbers(const RunDirectory& run) {
  std::vector<std::int64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(run.journal(), error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto number = number_of(entry->path().filename())) numbers.push_back(number);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorCode::storage,
                concat(run.journal().string(), ": cannot list: ", error.message()));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::int64_t take_coordinator_number(const RunDirectory& run, const std::string& first_line) {
  const std::string contents = first_line.ends_with('\n') ? first_line : first_line + "\n";
  std::int64_t number = latest_number(run) + 1;
  while (!create_exclusive(run.journal_of(number), contents)) ++number;  // Taken just now.
  return number;
}

bool is_superseded(const RunDirectory& run, std::int64_t number) {
  return latest_number(run) > number;
}

void publish_address(const RunDirectory& run, const CoordinatorAddress& address) {
  if (is_superseded(run, address.number)) {
    throw Error(ErrorCode::aborted, concat(run.path().string(), ": coordinator ", address.number,
                                           " gives way to a newer one"));
  }
  write_json_file(run.coordinator().string(), address);
}

CoordinatorAddress read_address(const RunDirectory& run) {
  const std::string path = run.coordinator().string();
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw Error(ErrorCode::unavailable, concat(path, ": there is no coordinator yet"));
  }
  return read_from_json_file<CoordinatorAddress>(path);
}

void create_secret(const RunDirectory& run) {
  create_exclusive(run.secret(), random_bytes(kSecretBytes), 0600);
}

std::string read_secret(const RunDirectory& run) {
  const std::string path = run.secret().string();
  const auto fail = [&path](std::string_view what, std::string_view hint = {}) -> Error {
    return {ErrorCode::storage, concat(path, ": ", what), std::string(hint)};
  };
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.is_open()) throw fail("cannot open: " + errno_text(errno));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw fail("cannot look at: " + errno_text(errno));
  if (!S_ISREG(status.st_mode)) throw fail("is not a file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw fail("others may read or write it", "chmod 600, and start the run anew");
  }
  std::array<char, kSecretBytes + 1> bytes{};
  const ssize_t got = pread(file.get(), bytes.data(), bytes.size(), 0);
  if (got != static_cast<ssize_t>(kSecretBytes)) {
    throw fail(concat("is not a secret of ", kSecretBytes, " bytes"));
  }
  return {bytes.data(), kSecretBytes};
}

}  // namespace muster::run
