// Progress as text: the line that is redrawn on a terminal, and the lines that are kept. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "coordinator/cli/progress.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli {

/// One line of less than `width` columns, without newline: what matters least is left out first.
/// `frame` counts redraws, for the spinner shown while there are no steps.
std::string live_line(const ProgressView& view, std::size_t width, const Style& style,
                      unsigned frame);

/// For logs and pipes, without newline: "step 57/120  epoch 4.75/10  loss 0.1234  ...".
std::string plain_line(const ProgressView& view);

/// "eval  step 24/120  epoch 2  accuracy 0.9306  loss 0.2534  best so far", without newline.
/// Of less than `width` columns where the metrics have room in them: total and epoch go first.
std::string evaluation_line(const Evaluation& evaluation, std::int64_t total_steps,
                            const Style& style, std::size_t width);

/// What the run is doing, for people: "starting workers", "reading data", ...
std::string state_text(run::State state);

/// Epochs with two digits behind the point at most: "4.75", "10".
std::string epochs_text(double epochs);

/// Whole seconds, rounded up: a clock that shows tenths only distracts. "7s", "2m 05s".
std::string clock_text(double seconds);

/// A metric's value: "0.9306", "1.2e-05", "12.5".
std::string metric_text(double value);

}  // namespace muster::coordinator::cli
