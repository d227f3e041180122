#include "common/config/load.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <optional>

#include "common/config/complaints.h"
#include "common/config/overrides.h"
#include "common/config/reader.h"
#include "common/config/schema.h"
#include "common/config/yaml_reader.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::config {
namespace {

constexpr Place kWholeFile = {};

/// Absolute; unchanged where there is no working directory.
std::filesystem::path absolute_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path absolute =
      std::filesystem::absolute(folder.empty() ? "." : folder, error);
  return (error ? folder : absolute).lexically_normal();
}

/// A name for the runs of a file that gives none: its stem, with a '-' for what a name cannot hold.
std::string name_from_file(const std::string& file) {
  constexpr std::size_t kLongest = 64;
  std::string name = std::filesystem::path(file).stem().string();
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) {
        return c >= 0x80 || (std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-');
      },
      '-');
  name.erase(0, name.find_first_not_of("._-"));
  name.resize(std::min(name.size(), kLongest));
  return name.empty() ? "experiment" : name;
}

/// The tree of the file with the overrides in it; nothing when it cannot be one.
std::optional<Node> read_tree(const std::string& text, const std::vector<std::string>& overrides,
                              Complaints& complaints) {
  if (text.size() > kLargestFileBytes) {
    complaints.add(kWholeFile, concat("the file has more than ", kLargestFileBytes, " bytes"),
                   "an experiment is a small YAML file");
    return std::nullopt;
  }
  std::optional<Node> root = read_yaml(text, {}, complaints);
  if (!root && complaints.empty()) root = Node{};
  if (root && root->kind == Node::Kind::null) {
    complaints.add({false, 1, 1}, "the file is empty",
                   "an experiment needs at least model, data, batch, optimizer and duration");
    return std::nullopt;
  }
  if (root && root->kind != Node::Kind::map && root->kind != Node::Kind::bad) {
    complaints.add(root->place,
                   concat("an experiment is a map of keys to values, not ", in_words(*root)),
                   "write 'key: value' lines, with a space after the colon");
    return std::nullopt;
  }
  if (root && root->kind == Node::Kind::map) {
    apply_overrides(overrides, *root, complaints);
    return root;
  }
  return std::nullopt;
}

std::string read_file(const std::filesystem::path& file, Complaints& complaints) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    complaints.add(kWholeFile, concat("cannot read the experiment: ",
                                      error ? error.message() : errno_text(ENOENT)));
    return {};
  }
  if (!std::filesystem::is_regular_file(status)) {
    complaints.add(kWholeFile, "cannot read the experiment: it is not a regular file");
    return {};
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kLargestFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream && !stream.eof()) {
    complaints.add(kWholeFile, concat("cannot read the experiment: ", errno_text(errno)));
    return {};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

std::string Diagnostic::text() const {
  std::string where = file;
  if (line > 0) where += concat(":", line);
  if (line > 0 && column > 0) where += concat(":", column);
  return concat(where, ": error: ", message, hint.empty() ? "" : concat(" (", hint, ")"));
}

Diagnostic LoadResult::complaint(const std::string& key, std::string message,
                                 std::string hint) const {
  const Place place = nearest_place(places, key);
  return {.file = place.in_override ? "override" : file,
          .line = place.line,
          .column = place.column,
          .message = std::move(message),
          .hint = std::move(hint)};
}

LoadResult load_experiment(const std::filesystem::path& file,
                           const std::vector<std::string>& overrides) {
  Complaints complaints;
  const std::string text = read_file(file, complaints);
  if (!complaints.empty()) {
    LoadResult result;
    result.file = file.string();
    result.diagnostics = complaints.in_order(file.string());
    return result;
  }
  return parse_experiment(text, file.string(), file.parent_path(), overrides);
}

LoadResult parse_experiment(const std::string& text, const std::string& name,
                            const std::filesystem::path& base,
                            const std::vector<std::string>& overrides) {
  Complaints complaints;
  LoadResult result;
  result.file = name;
  if (const auto root = read_tree(text, overrides, complaints)) {
    Reader reader(complaints, absolute_folder(base));
    reader.set_place("", root->place);
    reader.read_section(experiment_schema(), *root, "", &result.experiment, {});
    result.places = reader.take_places();
  }
  if (result.experiment.name.empty()) result.experiment.name = name_from_file(name);
  result.diagnostics = complaints.in_order(name);
  return result;
}

}  // namespace muster::config
