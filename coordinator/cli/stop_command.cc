#include <unistd.h>

#include <filesystem>
#include <thread>

#include "common/deadline.h"
#include "common/host_name.h"
#include "common/run/fence.h"
#include "common/run/metrics_log.h"
#include "common/run/summary.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/look/journal_facts.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"
#include "coordinator/net/stop_request.h"

namespace muster::coordinator::cli {
namespace {

constexpr auto kAnswerPatience = std::chrono::seconds(5);
constexpr auto kSuccessorPatience = std::chrono::seconds(5);
constexpr auto kEndPatience =
    std::chrono::minutes(15);  // Above what the coordinator grants workers.
constexpr auto kGlance = std::chrono::milliseconds(50);

bool has_ended(const run::RunDirectory& run) {
  std::error_code error;
  return std::filesystem::exists(run.summary(), error);
}

void refuse_what_does_not_run(const run::RunDirectory& run) {
  if (has_ended(run)) {
    const auto status = run::read_summary(run.summary().string()).status;
    throw UsageError(concat(run.name(), " has ended: ", run::to_string(status)),
                     "only a run that goes on can be stopped");
  }
  if (run::writer_of(run.metrics().string()) != run::Writer::gone) return;
  throw Error(
      ErrorCode::unavailable,
      concat(run.name(), " has no coordinator any more: it was killed, or its machine went down"),
      concat("'muster resume ", run.name(), "' goes on with it"));
}

run::CoordinatorAddress address_of(const run::RunDirectory& run) {
  run::CoordinatorAddress address = run::read_address(run);
  const std::string host = look::read_journal_facts(run).host;
  if (address.host == "127.0.0.1" && !host.empty() && host != host_name()) {
    throw Error(ErrorCode::unavailable,
                concat("the coordinator of ", run.name(), " listens on its own host only"),
                concat("stop it on ", host));
  }
  return address;
}

/// Between two coordinators nobody listens for a moment.
void ask(const run::RunDirectory& run) {
  const std::string secret = run::read_secret(run);
  run::CoordinatorAddress address = address_of(run);
  const Deadline deadline = Deadline::after(kSuccessorPatience);
  for (;;) {
    try {
      return ask_to_stop(address, secret, "muster stop on " + host_name(), kAnswerPatience);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      if (deadline.has_passed()) {
        throw Error(error.code(), error.what(),
                    concat("its coordinator may have died, and the next one cannot begin yet: "
                           "'muster logs ",
                           run.name(), "' may tell why"));
      }
    }
    std::this_thread::sleep_for(kGlance);
    address = address_of(run);
  }
}

/// What has been lost by the end, for whoever asked for a checkpoint.
std::string loss_text(const run::Summary& summary) {
  const std::int64_t kept = summary.checkpoints.empty() ? 0 : summary.checkpoints.back();
  if (summary.status == run::Status::completed || kept >= summary.steps) return "";
  return concat(", the last ", summary.steps - kept, " of them without a checkpoint (",
                summary.failure_reason, ")");
}

int wait_for_end(const run::RunDirectory& run) {
  const Deadline deadline = Deadline::after(kEndPatience);
  while (!has_ended(run)) {
    if (deadline.has_passed()) {
      throw Error(ErrorCode::timeout, concat(run.name(), " has not ended within 15 minutes"));
    }
    if (run::writer_of(run.metrics().string()) == run::Writer::gone && !has_ended(run)) {
      throw Error(ErrorCode::unavailable, concat(run.name(), " ended without a word"),
                  concat("'muster logs ", run.name(), "' may tell why"));
    }
    std::this_thread::sleep_for(kGlance);
  }
  const run::Summary summary = run::read_summary(run.summary().string());
  const std::string loss = loss_text(summary);
  write_all(STDOUT_FILENO, concat(run.name(), " ", run::to_string(summary.status), ": ",
                                  counted(summary.steps, "step"), loss, "\n"));
  const bool is_well = summary.status != run::Status::failed && loss.empty();
  return is_well ? exit_code::kOk : exit_code::kSoftware;
}

}  // namespace

int stop_command(const StopOptions& options) {
  const run::RunDirectory run = look::find_run(options.run, run::run_root({}));
  refuse_what_does_not_run(run);
  ask(run);
  write_if_possible(STDERR_FILENO,
                    concat(run.name(), " finishes its step, writes a checkpoint and ends\n"));
  return options.wait ? wait_for_end(run) : exit_code::kOk;
}

}  // namespace muster::coordinator::cli
