#include "coordinator/launch/world.h"

#include "common/error.h"
#include "common/log.h"
#include "common/text.h"
#include "coordinator/launch/temporary.h"

namespace muster::coordinator {
namespace {

constexpr auto kKillPatience = std::chrono::seconds(2);

std::string variable_of(const std::filesystem::path& temporary) {
  return concat(kWorldVariable, "=", temporary.string());
}

}  // namespace

World::Folder World::make_folder(const std::filesystem::path& path) {
  make_temporary_folder(path);
  return {path};
}

World::Folder::~Folder() {
  if (!path.empty()) remove_temporary_folder(path);
}

World::World(const Command& command, const std::filesystem::path& temporary,
             const std::filesystem::path& log)
    : temporary_(make_folder(temporary)), process_(Process::start(command, log)) {
  mark_ = {.session = process_.id(), .variable = variable_of(temporary), .is_of_all = false};
}

World::World(Process launcher, const std::filesystem::path& temporary)
    : temporary_{temporary}, process_(std::move(launcher)) {
  mark_ = {.session = process_.id(), .variable = variable_of(temporary), .is_of_all = false};
}

void World::let_go() {
  is_finished_ = true;
  temporary_.path.clear();
}

World::~World() {
  if (is_finished_) return;
  try {
    kill();
    finish();
  } catch (const std::exception& error) {
    log::error(concat("ending the world: ", error.what()));
  }
}

void World::kill() { kill_processes_of(mark_, Deadline::after(std::chrono::milliseconds(0))); }

ProcessEnd World::finish() {
  const ProcessEnd end = process_.wait(Deadline::after(kKillPatience));
  const std::size_t left = kill_processes_of(mark_, Deadline::after(kKillPatience));
  if (left > 0) log::error(concat(left, " processes of the world survived SIGKILL"));
  is_finished_ = true;
  remove_temporary_folder(temporary_.path);
  return end;
}

void clean_up_worlds_of(const std::string& run_id) {
  constexpr pid_t kNoSession = -1;
  const WorldMark mark{.session = kNoSession,
                       .variable = variable_of(temporary_folders_of(run_id)),
                       .is_of_all = true};
  const std::size_t left = kill_processes_of(mark, Deadline::after(kKillPatience));
  if (left > 0) log::error(concat(left, " processes of an earlier world survived SIGKILL"));
  remove_temporary_folders_of(run_id);
}

}  // namespace muster::coordinator
