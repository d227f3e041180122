// What a shell needs in order to complete `muster`'s command lines: a few lines that hand the words
// to `muster complete-words` and its answer to the shell. All knowledge is behind that command, so
// that a script never is of another version than the program. Pure.
#pragma once

#include <string>
#include <vector>

namespace muster::coordinator::cli::completion {

/// bash, zsh, fish.
std::vector<std::string> shells();
bool is_shell(const std::string& name);

/// The script for one of shells().
std::string script_for(const std::string& shell);

}  // namespace muster::coordinator::cli::completion
