// The colours of this program: of the terminal's own palette, and only such as can be read on a
// dark and on a light background (yellow cannot). Nothing is said by colour alone. Pure.
#pragma once

#include <string>

#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli {

inline constexpr const char* kGreen = "\x1b[32m";
inline constexpr const char* kRed = "\x1b[31m";
inline constexpr const char* kAttention = "\x1b[35m";  // Magenta: a warning, something unusual.
inline constexpr const char* kDim = "\x1b[2m";

inline std::string colored(const std::string& text, const char* color, const Style& style) {
  return style.color && !text.empty() ? color + text + "\x1b[0m" : text;
}

}  // namespace muster::coordinator::cli
