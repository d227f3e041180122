#include <unistd.h>

#include "common/error.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/completion/complete_words.h"
#include "coordinator/cli/completion/scripts.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/outlet.h"

namespace muster::coordinator::cli {
namespace {

/// Newest first; none when they cannot be read: a completion has nobody to complain to.
std::vector<std::string> names_of_runs() {
  std::vector<std::string> names;
  try {
    for (const run::RunDirectory& run : look::runs_in(run::run_root({}))) {
      names.insert(names.begin(), run.name());
    }
  } catch (const Error&) {
    names.clear();
  }
  return names;
}

}  // namespace

int completion_command(const CompletionOptions& options) {
  write_all(STDOUT_FILENO, completion::script_for(options.shell));
  return exit_code::kOk;
}

int complete_words_command(const CompleteWordsOptions& options) {
  const auto answer = completion::complete_words(options.words, names_of_runs());
  write_all(STDOUT_FILENO, completion::completion_text(answer));
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
