#include "coordinator/cli/data_problem.h"

#include <filesystem>
#include <optional>
#include <utility>
#include <variant>

#include "common/text.h"

namespace muster::coordinator::cli {
namespace {

/// A file as the experiment names it.
struct NamedFile {
  std::string key;  // "data.train.files[0]"
  std::string path;
};

/// The file of `format` that the message is about: it begins with its path.
std::optional<NamedFile> file_in(const config::FormatOptions& format, const std::string& section,
                                 const std::string& message) {
  return std::visit(
      [&](const auto& options) -> std::optional<NamedFile> {
        if constexpr (requires { options.files; }) {
          for (std::size_t i = 0; i < options.files.size(); ++i) {
            const std::string path = std::filesystem::path(options.files[i]).string();
            if (message.starts_with(path + ":")) {
              return NamedFile{concat(section, ".files[", i, "]"), path};
            }
          }
        }
        return std::nullopt;
      },
      format);
}

}  // namespace

Problem data_problem(const Error& error, const config::LoadResult& loaded) {
  const config::Data& data = loaded.experiment.data;
  std::optional<NamedFile> file = file_in(data.train, "data.train", error.what());
  if (!file && data.eval) file = file_in(*data.eval, "data.eval", error.what());
  Problem problem = problem_of(error);
  if (!file) return problem;
  std::error_code ignored;
  if (!std::filesystem::exists(file->path, ignored)) {
    problem.text =
        loaded.complaint(file->key, concat(file->key, ": ", error.what()), error.hint()).text();
    return problem;
  }
  const std::string place = loaded.complaint(file->key, "").text();
  problem.text += concat("\n  this file is ", file->key, ", ", place.substr(0, place.find(": ")));
  return problem;
}

Problem misfit_problem(const std::string& text, const std::string& hint,
                       const config::LoadResult& loaded) {
  return problem_of(loaded.complaint(text.substr(0, text.find(':')), text, hint));
}

}  // namespace muster::coordinator::cli
