#include "common/run/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/host_name.h"
#include "common/run/append_whole.h"
#include "common/run/event_record.h"
#include "common/text.h"

namespace muster::run {
EventLog::EventLog(const std::filesystem::path& folder, double wall_seconds) {
  const std::string stem =
      (folder / concat("events.out.tfevents.", static_cast<std::int64_t>(wall_seconds), ".",
                       host_name(), ".", ::getpid(), "."))
          .string();
  for (int number = 0; !file_.is_open(); ++number) {
    path_ = concat(stem, number);
    file_ = FileDescriptor(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
    if (!file_.is_open() && errno != EEXIST) fail_with_errno(path_, "make");
  }
  append_whole(file_.get(), path_, version_record({.wall_seconds = wall_seconds, .step = 0}));
}

void EventLog::append(const wire::MetricsLine& line, std::int64_t generation, double wall_seconds) {
  const EventTime time{.wall_seconds = wall_seconds, .step = line.step};
  const std::string start = generation == generation_ ? "" : start_record(time);
  append_whole(file_.get(), path_, start + scalars_record(time, line.values));
  generation_ = generation;
}

}  // namespace muster::run
