// What each command was asked to do: the command line after parsing, before anything is done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace muster::coordinator::cli {

/// EXP.yaml [key=value ...], as typed; overrides in the order of the command line.
struct ExperimentArguments {
  std::string file;
  std::vector<std::string> overrides;
};

struct RunOptions {
  ExperimentArguments experiment;
  std::string name;     // Empty: the experiment's own name.
  std::string run_dir;  // Empty: a new one under the run root.
  bool json = false;
};

struct ResumeOptions {
  std::string run;  // A name or a folder.
  std::vector<std::string> overrides;
  bool json = false;
};

struct ValidateOptions {
  ExperimentArguments experiment;
  bool json = false;
};

struct ExplainOptions {
  std::string key;  // Empty: every key.
  bool json = false;
  bool markdown = false;     // Instead: the whole reference, docs/config.md.
  bool json_schema = false;  // Instead: the JSON Schema for editors.
};

/// Steps [begin, end) of the training.
struct StepRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct PlanOptions {
  ExperimentArguments experiment;
  bool json = false;
  bool order = false;              // Print which samples each lane gets, and nothing else.
  std::optional<StepRange> steps;  // For `order`. Empty: the first epoch.
};

struct BenchAllReduceOptions {
  int ranks = 2;
  std::vector<std::int64_t> sizes;  // Bytes, in the order of the command line.
  bool json = false;
};

struct StatusOptions {
  std::string run;  // A name or a folder. Empty: the newest.
  bool json = false;
};

struct StopOptions {
  std::string run;  // A name or a folder.
  bool wait = false;
};

struct ListOptions {
  std::string folder;  // Empty: the run root.
  bool json = false;
};

struct LogsOptions {
  std::string run;  // As above.
  bool follow = false;
  std::optional<int> rank;  // At most one of these three: only those logs.
  bool coordinator = false;
  bool launcher = false;
  bool json = false;
};

struct CheckpointListOptions {
  std::string run;      // As above.
  bool verify = false;  // Read all of them.
  bool json = false;
};

struct CheckpointVerifyOptions {
  std::string what;  // A run, as above, or the folder of one checkpoint.
  bool json = false;
};

struct CheckpointExportOptions {
  std::string checkpoint;  // "RUN" (its newest whole one), "RUN:STEP" or the folder of one.
  std::string out;         // A folder that does not exist.
  bool json = false;
};

struct DoctorOptions {
  bool clean = false;  // Also remove what crashed runs have left in memory.
  bool json = false;
};

struct CompletionOptions {
  std::string shell;  // One of completion::shells().
};

/// What has been typed after `muster`; the last word is the one to complete, and may be empty.
struct CompleteWordsOptions {
  std::vector<std::string> words;
};

using Command =
    std::variant<RunOptions, ResumeOptions, ValidateOptions, ExplainOptions, PlanOptions,
                 BenchAllReduceOptions, StatusOptions, StopOptions, ListOptions, LogsOptions,
                 CheckpointListOptions, CheckpointVerifyOptions, CheckpointExportOptions,
                 DoctorOptions, CompletionOptions, CompleteWordsOptions>;

}  // namespace muster::coordinator::cli
