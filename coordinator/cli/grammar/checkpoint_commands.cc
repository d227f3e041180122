#include <memory>

#include "common/error.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli::grammar {
namespace {

constexpr const char* kWhereRunsAre =
    "Runs are looked for in the folder that MUSTER_RUNS names, else in ./runs.";

/// The commands below `checkpoint`, and what was typed after them.
struct Typed {
  CheckpointListOptions list;
  CheckpointVerifyOptions verify;
  CheckpointExportOptions to_export;
  CLI::App* list_command = nullptr;
  CLI::App* verify_command = nullptr;
  CLI::App* export_command = nullptr;

  Command chosen() const {
    if (list_command->parsed()) return list;
    if (verify_command->parsed()) return verify;
    if (export_command->parsed()) return to_export;
    throw Error(ErrorCode::invalid, "what?", "list, verify or export");
  }
};

}  // namespace

void add_checkpoint_commands(Grammar& grammar) {
  const auto typed = std::make_shared<Typed>();
  CLI::App& checkpoint =
      grammar.add_command({"checkpoint", "Look at the checkpoints of a run, verify, export them",
                           "WHAT [OPTIONS]", "'muster checkpoint WHAT --help' tells more."},
                          [typed] { return typed->chosen(); });

  CLI::App& list = grammar.add_nested(
      checkpoint,
      {"list", "The checkpoints of a run, the newest last", "[RUN] [OPTIONS]", kWhereRunsAre});
  list.add_option(placeholder::kRun, typed->list.run, "Its name or folder (default: the newest)")
      ->type_name("");
  list.add_flag("--verify", typed->list.verify, "Also compare all of them with their hashes");
  list.add_flag("--json", typed->list.json, "As one JSON object");
  typed->list_command = &list;

  CLI::App& verify = grammar.add_nested(
      checkpoint, {"verify", "Compare checkpoints with their hashes; name every damaged file",
                   "[RUN|DIR] [OPTIONS]", "Ends with 0 when all are whole, 65 otherwise."});
  verify
      .add_option(placeholder::kRun, typed->verify.what,
                  "A run (default: the newest), or the folder of one checkpoint")
      ->type_name("");
  verify.add_flag("--json", typed->verify.json, "As one JSON object");
  typed->verify_command = &verify;

  CLI::App& to_export = grammar.add_nested(
      checkpoint,
      {"export", "Copy the weights of a checkpoint out of its run", "RUN[:STEP]|DIR DIR [OPTIONS]",
       "The last DIR gets model.safetensors and config.json. Without a step: the newest "
       "checkpoint that is whole."});
  to_export
      .add_option(placeholder::kRun, typed->to_export.checkpoint,
                  "Of which run, which step; or its folder")
      ->required()
      ->type_name("");
  to_export
      .add_option(placeholder::kFolder, typed->to_export.out, "A folder that does not exist yet")
      ->required()
      ->type_name("");
  to_export.add_flag("--json", typed->to_export.json, "What was done as one JSON object");
  typed->export_command = &to_export;
}

}  // namespace muster::coordinator::cli::grammar
