// Why an experiment cannot be run, in a form that can be printed, put into JSON and counted.
#pragma once

#include <string>
#include <vector>

#include "common/config/load.h"
#include "common/error.h"

namespace muster::coordinator::cli {

struct Problem {
  int exit_status = 0;
  std::string
      text;  // "configs/a.yaml:3:5: error: ..."; one or more lines, without the last newline.
};

/// "error: text (hint)".
std::string error_text(const Error& error);

Problem problem_of(const config::Diagnostic& diagnostic);
Problem problem_of(const Error& error);

/// All of them, one a line, each ended by a newline.
std::string text_of(const std::vector<Problem>& problems);

/// "warning: TEXT", one after the other, each ended by a newline.
std::string warning_text(const std::vector<std::string>& warnings);

/// What was typed cannot be meant (an unknown run, a rank that is not there): exit status 64.
class UsageError : public Error {
 public:
  UsageError(const std::string& message, std::string hint)
      : Error(ErrorCode::invalid, message, std::move(hint)) {}
};

}  // namespace muster::coordinator::cli
