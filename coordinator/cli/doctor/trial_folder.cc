#include "coordinator/cli/doctor/trial_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "common/error.h"
#include "common/text.h"

namespace muster::coordinator::cli::doctor {

TrialFolder::TrialFolder(const std::filesystem::path& prefix) {
  std::string name = prefix.string() + "XXXXXX";
  if (::mkdtemp(name.data()) != nullptr) {
    path_ = name;
  } else {
    problem_ =
        concat("cannot make a folder in ", prefix.parent_path().string(), ": ", errno_text(errno));
  }
}

void TrialFolder::remove() noexcept {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace muster::coordinator::cli::doctor
