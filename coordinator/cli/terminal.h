// What the terminal can show, and what its owner wants: looked at once, before anything is printed.
#pragma once

namespace muster::coordinator::cli {

/// How text may be decorated.
struct Style {
  bool color = false;    // ANSI colours.
  bool unicode = false;  // Block and line characters; else ASCII.
};

struct Terminal {
  Style style = {};         // Of standard error, where progress goes.
  Style output_style = {};  // Of standard output, where data go.
  bool live = false;        // Standard error is a terminal whose last line can be redrawn.
};

/// Honours --no-color, NO_COLOR (any non-empty value), TERM=dumb and the locale.
Terminal look_at_terminal(bool no_color);

/// Columns of the terminal on standard error now; 80 when it does not say.
int terminal_width();

}  // namespace muster::coordinator::cli
