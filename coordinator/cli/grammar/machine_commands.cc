#include <memory>

#include "common/error.h"
#include "coordinator/cli/bench_report.h"
#include "coordinator/cli/completion/scripts.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli::grammar {
namespace {

void add_doctor(Grammar& grammar) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App& command = grammar.add_command(
      {"doctor", "Check everything that a training needs from this machine", "[OPTIONS]",
       "Tries things out, in temporary folders that it removes. Ends with 0 when there is no "
       "problem, 69 otherwise."},
      [options] { return Command(*options); });
  command.add_flag("--clean", options->clean,
                   "Also remove snapshots that crashed runs have left in memory");
  command.add_flag("--json", options->json, "As one JSON object");
}

void add_bench(Grammar& grammar) {
  struct Typed {
    BenchAllReduceOptions options;
    std::string sizes = "1MB,2MB,4MB,8MB,16MB,32MB,64MB,128MB";
  };
  const auto typed = std::make_shared<Typed>();
  CLI::App* bench = nullptr;
  const auto all_reduce = std::make_shared<CLI::App*>();
  bench = &grammar.add_command(
      {"bench", "Measure this machine", "WHAT [OPTIONS]", "'muster bench WHAT --help' tells more."},
      [typed, all_reduce] {
        if (!(*all_reduce)->parsed()) {
          throw Error(ErrorCode::invalid, "what?", "allreduce");
        }
        typed->options.sizes = parse_bench_sizes(typed->sizes);
        return Command(typed->options);
      });
  *all_reduce = &grammar.add_nested(
      *bench, {"allreduce", "Sums between ranks: Muster's, MPI's, and a plain copy", "[OPTIONS]",
               "GB/s are the bytes of the buffer by the seconds of one all-reduce, median of many "
               "taken in turns."});
  CLI::App& command = **all_reduce;
  command.add_option("--ranks", typed->options.ranks, "Ranks, all on this machine (default: 2)")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
  command
      .add_option("--sizes", typed->sizes, "Of the buffer (default: 1MB to 128MB, powers of two)")
      ->type_name("A,B");
  command.add_flag("--json", typed->options.json, "As one JSON object");
}

void add_completion(Grammar& grammar) {
  const auto options = std::make_shared<CompletionOptions>();
  CLI::App& command = grammar.add_command(
      {"completion", "Print what makes a shell complete muster's commands, keys and runs", "SHELL",
       "bash: eval \"$(muster completion bash)\" in ~/.bashrc\n"
       "zsh:  eval \"$(muster completion zsh)\" in ~/.zshrc, after compinit\n"
       "fish: muster completion fish > ~/.config/fish/completions/muster.fish"},
      [options] { return Command(*options); });
  command.add_option(placeholder::kShell, options->shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check([](const std::string& shell) -> std::string {
        if (completion::is_shell(shell)) return {};
        return "there is no completion for '" + shell + "': bash, zsh or fish";
      });
}

/// For the scripts of `completion`, not for people.
void add_complete_words(Grammar& grammar) {
  const auto options = std::make_shared<CompleteWordsOptions>();
  CLI::App& command = grammar.add_command(
      {"complete-words", "What may stand for the last of these words", "-- WORD ...", ""},
      [options] { return Command(*options); });
  command.group("");
  command.add_option("words", options->words, "What has been typed after 'muster'");
}

}  // namespace

void add_machine_commands(Grammar& grammar) {
  add_doctor(grammar);
  add_bench(grammar);
  add_completion(grammar);
  add_complete_words(grammar);
}

}  // namespace muster::coordinator::cli::grammar
