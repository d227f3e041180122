// A folder to try things in, gone with everything in it at the end.
#pragma once

#include <filesystem>
#include <string>

namespace muster::coordinator::cli::doctor {

class TrialFolder {
 public:
  /// Makes `prefix` with six random characters behind it. Does not throw: see problem().
  explicit TrialFolder(const std::filesystem::path& prefix);
  ~TrialFolder() { remove(); }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;

  /// Empty when it could not be made.
  const std::filesystem::path& path() const { return path_; }
  /// Why it could not be made.
  const std::string& problem() const { return problem_; }

  void remove() noexcept;

 private:
  std::filesystem::path path_;
  std::string problem_;
};

}  // namespace muster::coordinator::cli::doctor
