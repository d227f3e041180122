// What may stand for the last word of a command line: from the grammar, the schema of experiments
// and the runs that there are. Pure.
#pragma once

#include <string>
#include <vector>

namespace muster::coordinator::cli::completion {

struct Candidate {
  std::string text;
  std::string description;  // A few words; may be empty.
};

/// What the shell is to offer.
struct Completion {
  enum class How {
    words,        // The candidates, each followed by a blank.
    unfinished,   // The candidates, which go on: no blank.
    experiments,  // YAML files, as the shell finds them.
    folders,      // Likewise.
  };

  How how = How::words;
  std::vector<Candidate> candidates;
};

/// `words`: what has been typed after `muster`; the last is the one to complete, and may be empty.
/// `runs`: names of runs.
Completion complete_words(const std::vector<std::string>& words,
                          const std::vector<std::string>& runs);

/// For the scripts: first "words", "nospace", "yaml" or "folders", then a line for each candidate,
/// with a tab before its description.
std::string completion_text(const Completion& completion);

}  // namespace muster::coordinator::cli::completion
