// The experiment file as a JSON Schema, from the same schema that parses it: an editor that knows
// it completes keys, shows what they mean and marks errors while they are typed.
//
// Draft 7, because that is what the YAML language server (VS Code, Neovim, Emacs, JetBrains) reads
// best. It accepts everything that the parser accepts and refuses whatever can be said about one
// value or one section: unknown and missing keys, types, ranges, units. Combinations of several
// keys are code (Section::checks) and stay with `muster validate`. What only the YAML text shows
// (010, aliases, duplicate keys) no schema sees.
#pragma once

#include <string>

namespace muster::config {

/// Indented JSON that ends with a newline.
std::string experiment_json_schema();

}  // namespace muster::config
