// What `muster doctor` says about one thing that a training needs.
#pragma once

#include <string>
#include <vector>

namespace muster::coordinator::cli::doctor {

enum class Verdict {
  ok,
  warning,  // A training works, but not as well or as far as it could.
  problem,  // A training does not work.
};

struct Finding {
  std::string name;  // "mpirun"
  Verdict verdict = Verdict::ok;
  std::string seen = {};    // What was found, in one line.
  std::string advice = {};  // What to do about it; empty when all is well.
};

/// "ok", "warning", "problem".
inline std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::warning:
      return "warning";
    case Verdict::problem:
      return "problem";
    case Verdict::ok:
      break;
  }
  return "ok";
}

}  // namespace muster::coordinator::cli::doctor
