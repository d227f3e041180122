// The commands, one source file each. Data go to standard output, everything else to standard
// error.
//
// Each returns the exit status of the program and throws Error for what it cannot go on from; the
// caller (program.cc) prints that and turns its code into an exit status.
#pragma once

#include "coordinator/cli/options.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli {

int run_command(const RunOptions& options, const Terminal& terminal);
int resume_command(const ResumeOptions& options, const Terminal& terminal);
int validate_command(const ValidateOptions& options, const Terminal& terminal);
int explain_command(const ExplainOptions& options, const Terminal& terminal);
int plan_command(const PlanOptions& options, const Terminal& terminal);
int bench_all_reduce_command(const BenchAllReduceOptions& options, const Terminal& terminal);
int status_command(const StatusOptions& options, const Terminal& terminal);
int stop_command(const StopOptions& options);
int list_command(const ListOptions& options, const Terminal& terminal);
int logs_command(const LogsOptions& options, const Terminal& terminal);
int checkpoint_list_command(const CheckpointListOptions& options, const Terminal& terminal);
int checkpoint_verify_command(const CheckpointVerifyOptions& options, const Terminal& terminal);
int checkpoint_export_command(const CheckpointExportOptions& options, const Terminal& terminal);
int doctor_command(const DoctorOptions& options, const Terminal& terminal);
int completion_command(const CompletionOptions& options);
int complete_words_command(const CompleteWordsOptions& options);

}  // namespace muster::coordinator::cli
