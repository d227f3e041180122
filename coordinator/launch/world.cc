#include "coordinator/launch/world.h"

#include "common/error.h"
#include "common/log.h"
#include "common/text.h"
#include "coordinator/launch/temporary.h"

namespace muster::coordinator {
namespace {

constexpr auto kKillPatience = std::chrono::seconds(2);

}  // namespace

World::Folder::Folder(std::filesystem::path folder) : path(std::move(folder)) {
  make_temporary_folder(path);
}

World::Folder::~Folder() { remove_temporary_folder(path); }

World::World(const Command& command, const std::filesystem::path& temporary,
             const std::filesystem::path& log)
    : temporary_(temporary), process_(Process::start(command, log)) {
  mark_.session = process_.id();
  mark_.variable = concat(kWorldVariable, "=", command.environment.at(kWorldVariable));
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

}  // namespace muster::coordinator
