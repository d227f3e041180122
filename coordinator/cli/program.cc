#include "coordinator/cli/program.h"

#include <unistd.h>

#include <csignal>
#include <exception>

#include "common/error.h"
#include "common/text.h"
#include "coordinator/cli/command_line.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

int dispatch(const Command& command, const Terminal& terminal) {
  struct Visitor {
    const Terminal& terminal;
    int operator()(const RunOptions& options) const { return run_command(options, terminal); }
    int operator()(const ResumeOptions& options) const { return resume_command(options, terminal); }
    int operator()(const ValidateOptions& options) const {
      return validate_command(options, terminal);
    }
    int operator()(const ExplainOptions& options) const {
      return explain_command(options, terminal);
    }
    int operator()(const PlanOptions& options) const { return plan_command(options, terminal); }
    int operator()(const BenchAllReduceOptions& options) const {
      return bench_all_reduce_command(options, terminal);
    }
    int operator()(const StatusOptions& options) const { return status_command(options, terminal); }
    int operator()(const StopOptions& options) const { return stop_command(options); }
    int operator()(const ListOptions& options) const { return list_command(options, terminal); }
    int operator()(const LogsOptions& options) const { return logs_command(options, terminal); }
    int operator()(const CheckpointListOptions& options) const {
      return checkpoint_list_command(options, terminal);
    }
    int operator()(const CheckpointVerifyOptions& options) const {
      return checkpoint_verify_command(options, terminal);
    }
    int operator()(const CheckpointExportOptions& options) const {
      return checkpoint_export_command(options, terminal);
    }
    int operator()(const DoctorOptions& options) const { return doctor_command(options, terminal); }
    int operator()(const CompletionOptions& options) const { return completion_command(options); }
    int operator()(const CompleteWordsOptions& options) const {
      return complete_words_command(options);
    }
  };
  return std::visit(Visitor{terminal}, command);
}

int parse_and_dispatch(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = parse_command_line(arguments);
  if (!parsed.command) {
    write_if_possible(STDERR_FILENO, parsed.err);
    write_all(STDOUT_FILENO, parsed.out);
    return parsed.status;
  }
  return dispatch(*parsed.command, look_at_terminal(parsed.no_color));
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  try {
    return parse_and_dispatch(arguments);
  } catch (const ReaderGone&) {
    return exit_code::kSignal + SIGPIPE;  // As every program that writes to `head`.
  } catch (const UsageError& error) {
    write_if_possible(STDERR_FILENO, error_text(error) + "\n");
    return exit_code::kUsage;
  } catch (const Error& error) {
    write_if_possible(STDERR_FILENO, error_text(error) + "\n");
    return exit_status(error.code());
  } catch (const std::exception& error) {
    write_if_possible(STDERR_FILENO, concat("error: a bug in muster: ", error.what(), "\n"));
    return exit_code::kSoftware;
  }
}

}  // namespace muster::coordinator::cli
