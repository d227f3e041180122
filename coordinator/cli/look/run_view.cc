#include "coordinator/cli/look/run_view.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/host_name.h"
#include "common/run/state.h"
#include "common/text.h"
#include "coordinator/cli/look/find_run.h"

namespace muster::coordinator::cli::look {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

constexpr double kLongestStart = 10;  // Seconds from the plan to the coordinator's first line.

double seconds_since(system_clock::time_point time) {
  return std::max(0.0, std::chrono::duration<double>(system_clock::now() - time).count());
}

/// Seconds since the file was written last; `otherwise` when it is not there.
double seconds_since_write(const fs::path& path, double otherwise) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return otherwise;
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - time).count();
}

/// A process's command line says which run it works for: a number that has been given to another
/// process is not taken for it.
Life life_of(const WorkerFacts& worker, const run::RunDirectory& run, const std::string& host) {
  if (worker.host != host) return Life::unknown;
  std::ifstream file(concat("/proc/", worker.pid, "/cmdline"), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::vector<std::string> words = split(text.str(), '\0');
  const auto option = std::find(words.begin(), words.end(), "--run");
  if (option == words.end() || option + 1 == words.end()) return Life::gone;
  std::error_code error;  // The same folder may have been reached by another path.
  return fs::equivalent(*(option + 1), run.path(), error) ? Life::lives : Life::gone;
}

/// Steps of the folders with a final name; others are being written.
std::vector<std::int64_t> checkpoints_of(const run::RunDirectory& run) {
  std::vector<std::int64_t> steps;
  std::error_code error;
  for (fs::directory_iterator entry(run.checkpoints(), error), end; !error && entry != end;
       entry.increment(error)) {
    const auto step = run::step_of_checkpoint_name(entry->path().filename().string());
    if (step) steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

RunFiles read_files(const run::RunDirectory& run) {
  RunFiles files;
  files.plan = run::read_plan(run.plan().string());
  // The writer first: a run that ends in between then has its summary.
  files.writer = run::writer_of(run.metrics().string());
  std::error_code error;
  if (fs::exists(run.summary(), error)) files.summary = run::read_summary(run.summary().string());
  files.metrics = run::read_last_metrics(run.metrics().string());
  files.journal = read_journal_facts(run);
  files.seconds_since_start = seconds_since(start_of(run));
  files.seconds_since_change = seconds_since_write(run.metrics(), files.seconds_since_start);
  files.this_host = host_name();
  return files;
}

std::int64_t last_step(const run::LastMetrics& metrics) {
  const std::int64_t trained = metrics.training ? metrics.training->step : 0;
  return std::max(trained, metrics.evaluation ? metrics.evaluation->step : 0);
}

double last_epoch(const run::LastMetrics& metrics) {
  const double trained = metrics.training ? metrics.training->epoch : 0;
  return std::max(trained, metrics.evaluation ? metrics.evaluation->epoch : 0);
}

/// What the journal said last; for a direct launch, which has none, what its metrics show.
std::string last_state(const RunFiles& files) {
  if (!files.journal.state.empty()) return files.journal.state;
  if (files.metrics.generation > 0) return std::string(to_string(run::State::training));
  return std::string(
      to_string(files.writer == run::Writer::lives ? run::State::starting : run::State::queued));
}

bool is_gone(const RunFiles& files) {
  if (files.writer == run::Writer::lives) return false;
  if (files.writer == run::Writer::gone) return true;
  return files.seconds_since_start > kLongestStart && files.metrics.generation == 0;
}

}  // namespace

Standing standing_of(const RunFiles& files) {
  if (files.summary) {
    return {std::string(to_string(files.summary->status)), files.summary->failure_reason, true};
  }
  const std::string state = last_state(files);
  if (!is_gone(files)) {
    const bool is_known = files.writer == run::Writer::lives || files.metrics.generation == 0;
    return {state,
            is_known ? files.journal.reason
                     : "as its journal says; whether it still runs cannot be seen from here",
            false};
  }
  const std::string where = files.journal.host.empty() || files.journal.host == files.this_host
                                ? ""
                                : concat(" on ", files.journal.host);
  return {std::string(to_string(run::State::failed)),
          concat("its ", files.journal.coordinators > 0 ? "coordinator" : "rank 0",
                 " ended without a word", where, ", while ", state, " after step ",
                 last_step(files.metrics), ": it was killed, or its machine went down"),
          true};
}

std::optional<double> seconds_left(const RunFiles& files) {
  if (standing_of(files).has_ended || !files.metrics.training) return std::nullopt;
  const wire::MetricsLine& line = *files.metrics.training;
  const auto speed = line.values.find("perf/samples_per_second");
  if (speed == line.values.end() || !(speed->second > 0)) return std::nullopt;
  const double epochs =
      static_cast<double>(files.plan.total_steps) / static_cast<double>(files.plan.steps_per_epoch);
  const double samples = (epochs - line.epoch) * static_cast<double>(files.plan.train_samples);
  return std::max(0.0, samples / speed->second);
}

RunView look_at(const run::RunDirectory& run) {
  RunView view{.run = run,
               .started = start_of(run),
               .files = read_files(run),
               .standing = {},
               .workers = {},
               .checkpoints = checkpoints_of(run)};
  const RunFiles& files = view.files;
  view.standing = standing_of(files);
  for (const WorkerFacts& worker : files.journal.workers) {
    view.workers.push_back({worker, life_of(worker, run, files.this_host)});
  }
  view.step = files.summary ? files.summary->steps : last_step(files.metrics);
  view.epoch = files.summary ? files.summary->epochs : last_epoch(files.metrics);
  if (files.summary) {
    view.seconds = files.summary->wall_seconds;
  } else {
    const double idle = view.standing.has_ended ? files.seconds_since_change : 0;
    view.seconds = std::max(0.0, files.seconds_since_start - idle);
  }
  return view;
}

}  // namespace muster::coordinator::cli::look
