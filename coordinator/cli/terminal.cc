#include "coordinator/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <string>

namespace muster::coordinator::cli {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The first of LC_ALL, LC_CTYPE, LANG that is set decides, as in POSIX.
bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = variable(name);
    if (!locale.empty()) {
      break;
    }
  }
  for (char& letter : locale) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

}  // namespace

Terminal look_at_terminal(bool no_color) {
  Terminal terminal;
  const std::string kind = variable("TERM");
  terminal.live = ::isatty(STDERR_FILENO) == 1 && !kind.empty() && kind != "dumb";
  terminal.style.color = terminal.live && !no_color && variable("NO_COLOR").empty();
  terminal.style.unicode = locale_is_utf8();
  const bool shows_color = !kind.empty() && kind != "dumb" && ::isatty(STDOUT_FILENO) == 1;
  terminal.output_style.color = shows_color && !no_color && variable("NO_COLOR").empty();
  terminal.output_style.unicode = terminal.style.unicode;
  return terminal;
}

int terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

}  // namespace muster::coordinator::cli
