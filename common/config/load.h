// From a YAML file and overrides to an Experiment, with every complaint at once.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/config/place.h"

namespace muster::config {

/// One complaint about an experiment.
struct Diagnostic {
  std::string file;  // As given by the user; "override" for `key=value` arguments.
  int line = 0;      // From 1; of an override: its number, from 1. 0: the file as a whole.
  int column = 0;    // From 1. 0: unknown.
  std::string message;
  std::string hint;  // "did you mean 'lr'?"; may be empty.

  /// "configs/a.yaml:14:3: error: unknown key 'learning_rat' (did you mean 'lr'?)"; for an override
  /// "override:1:10: error: ...".
  std::string text() const;

  bool operator==(const Diagnostic&) const = default;
};

struct LoadResult {
  Experiment experiment;                // Meaningful only without diagnostics.
  std::vector<Diagnostic> diagnostics;  // In the order of the file, overrides last.
  std::string file;                     // As given by the user.
  std::map<std::string, Place> places;  // Where each given key's value is: "batch.lanes".

  /// A complaint about `key` found later (by the data, the model, the machine), at the place of the
  /// key or of the nearest section around it.
  Diagnostic complaint(const std::string& key, std::string message, std::string hint = {}) const;
};

/// Reads `file` (1 MB at most), applies `overrides` ("optimizer.lr=1e-3", in order), fills in
/// defaults and checks types, ranges, units and combinations that need nothing but the experiment
/// itself. An override replaces the whole value of its key, a section too. Paths become absolute:
/// relative ones in the file start at the file's folder, those in overrides at the working
/// directory. Never throws for bad input: it becomes a diagnostic, a missing file too.
LoadResult load_experiment(const std::filesystem::path& file,
                           const std::vector<std::string>& overrides = {});

/// The same for text that is in memory; `name` stands for the file in messages, `base` is where
/// relative paths start.
LoadResult parse_experiment(const std::string& text, const std::string& name,
                            const std::filesystem::path& base,
                            const std::vector<std::string>& overrides = {});

}  // namespace muster::config
