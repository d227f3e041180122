#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/store.h"
#include "common/config/load.h"
#include "common/config/resolve.h"
#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/hash.h"
#include "common/run/json_file.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "coordinator/cli/checkpoints/find.h"
#include "coordinator/cli/checkpoints/report.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

namespace fs = std::filesystem;

/// Copies `from` into `to`; the SHA-256 of what went through.
std::string copy(const fs::path& from, NewFile& to) {
  const FileDescriptor file(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  Sha256 hash;
  std::vector<std::byte> piece(std::size_t{1} << 20);
  for (;;) {
    const ssize_t got = file.is_open() ? read(file.get(), piece.data(), piece.size()) : -1;
    if (got < 0 && file.is_open() && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorCode::corrupt,
                  concat(from.string(), ": cannot be read: ", errno_text(errno)));
    }
    if (got == 0) break;
    const auto bytes = std::span(piece).first(static_cast<std::size_t>(got));
    hash.update(bytes);
    to.write(bytes);
  }
  return hash.hex();
}

/// The model's options as the experiment of the run has them; null when it cannot be read.
nlohmann::json model_of(const fs::path& checkpoint) {
  const run::RunDirectory run(checkpoint.parent_path().parent_path());
  const config::LoadResult loaded = config::load_experiment(run.experiment());
  if (!loaded.diagnostics.empty()) return nullptr;
  return nlohmann::json::parse(config::to_json(loaded.experiment)).at("model");
}

}  // namespace

int checkpoint_list_command(const CheckpointListOptions& options, const Terminal&) {
  using checkpoints::Look;
  const Look look = options.verify ? Look::through : Look::over;
  const auto found = checkpoints::of_run(options.run, look);
  if (options.json) {
    write_all(STDOUT_FILENO, run::pretty_text(checkpoints::checkpoints_json(found, look)));
  } else if (found.empty()) {
    write_if_possible(STDERR_FILENO, "no checkpoints yet\n");
  } else {
    write_all(STDOUT_FILENO, checkpoints::list_text(found, look, std::chrono::system_clock::now()));
  }
  return exit_code::kOk;
}

int checkpoint_verify_command(const CheckpointVerifyOptions& options, const Terminal& terminal) {
  const auto found = checkpoints::of_run_or_folder(options.what, checkpoints::Look::through);
  if (options.json) {
    write_all(STDOUT_FILENO,
              run::pretty_text(checkpoints::checkpoints_json(found, checkpoints::Look::through)));
  } else if (found.empty()) {
    write_if_possible(STDERR_FILENO, "no checkpoints yet\n");
  } else {
    write_all(STDOUT_FILENO, checkpoints::verify_text(found, terminal.output_style));
  }
  const auto is_whole = [](const checkpoints::Seen& seen) { return seen.damages.empty(); };
  return std::ranges::all_of(found, is_whole) ? exit_code::kOk : exit_code::kBadData;
}

int checkpoint_export_command(const CheckpointExportOptions& options, const Terminal&) {
  const fs::path checkpoint = checkpoints::whole_one(options.checkpoint);
  const fs::path out = fs::absolute(options.out).lexically_normal();
  const fs::path folder = out.has_filename() ? out : out.parent_path();
  const auto refuse_existing = [&folder] {
    throw UsageError(concat(folder.string(), ": exists already"),
                     "name a folder that does not exist yet");
  };
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(folder, ignored))) refuse_existing();
  const checkpoint::CheckpointState state = checkpoint::read_state(checkpoint);
  StagedFolder staged(folder.parent_path() /
                      concat(".tmp-", getpid(), "-", folder.filename().string()));
  const std::string sha256 =
      copy(checkpoint / checkpoint::kModelFile, staged.create(checkpoint::kModelFile));
  const nlohmann::ordered_json config = {{"schema", 1},
                                         {"model", model_of(checkpoint)},
                                         {"step", state.step},
                                         {"config_hash", state.config_hash},
                                         {"model_sha256", sha256}};
  const std::string text = run::pretty_text(config);
  staged.write("config.json", std::as_bytes(std::span(text)));
  staged.publish(folder);
  if (options.json) {
    const nlohmann::ordered_json result = {{"schema", 1},
                                           {"from", checkpoint.string()},
                                           {"to", folder.string()},
                                           {"step", state.step},
                                           {"model_sha256", sha256}};
    write_all(STDOUT_FILENO, run::pretty_text(result));
  } else {
    write_all(STDOUT_FILENO, concat("step ", state.step, " -> ", path_from_here(folder.string()),
                                    "\nmodel SHA-256 ", sha256, "\n"));
  }
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
