#include "coordinator/cli/look/log_files.h"

#include <algorithm>
#include <charconv>

#include "common/text.h"

namespace muster::coordinator::cli::look {
namespace {

constexpr std::string_view kEnding = ".log";

template <class Integer>
bool read_number(const std::string& text, Integer& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && number >= 0;
}

}  // namespace

bool LogChoice::takes(const LogFile& file) const {
  return (!kind || *kind == file.kind) && (!rank || *rank == file.rank);
}

std::optional<LogFile> parse_log_name(const std::string& name) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  LogFile file;
  file.name = name.substr(0, name.size() - kEnding.size());
  if (file.name == "coordinator") return file;
  const std::vector<std::string> parts = split(file.name, '.');
  if (parts.size() != 2 || !read_number(parts[1], file.generation)) return std::nullopt;
  if (parts[0] == "launcher") {
    file.kind = LogFile::Kind::launcher;
    return file;
  }
  constexpr std::string_view kWorker = "worker-";
  file.kind = LogFile::Kind::worker;
  const bool is_worker =
      parts[0].starts_with(kWorker) && read_number(parts[0].substr(kWorker.size()), file.rank);
  return is_worker ? std::optional(file) : std::nullopt;
}

std::vector<LogFile> find_logs(const run::RunDirectory& run, const LogChoice& choice) {
  std::vector<LogFile> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(run.log(), error), end; !error && entry != end;
       entry.increment(error)) {
    const auto file = parse_log_name(entry->path().filename().string());
    if (file && choice.takes(*file)) files.push_back(*file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::filesystem::path path_of(const run::RunDirectory& run, const LogFile& file) {
  return run.log() / concat(file.name, kEnding);
}

}  // namespace muster::coordinator::cli::look
