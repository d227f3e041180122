#include "common/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <mutex>
#include <utility>

#include "common/error.h"
#include "common/text.h"

namespace muster::log {
namespace {

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink,
                                            spdlog::level::level_enum least) {
  auto logger = std::make_shared<spdlog::logger>("muster", std::move(sink));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v", spdlog::pattern_time_type::utc));
  logger->set_level(least);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

std::shared_ptr<spdlog::logger> make_stderr_logger(spdlog::level::level_enum least) {
  return make_logger(std::make_shared<spdlog::sinks::stderr_sink_st>(), least);
}

/// `mutex` guards everything, the sinks too (they are spdlog's unguarded kind).
struct State {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_stderr_logger(spdlog::level::info);
  std::string prefix;
};

/// Never destroyed: other static objects may log while the program ends.
State& state() {
  static State* const the_state = new State;
  return *the_state;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  assertion_failed("level is a Level", __FILE__, __LINE__, "unknown level");
}

void use(std::shared_ptr<spdlog::logger> logger) {
  State& log = state();
  const std::lock_guard lock(log.mutex);
  log.logger = std::move(logger);
}

void write(spdlog::level::level_enum level, std::string_view text) {
  State& log = state();
  const std::lock_guard lock(log.mutex);
  if (!log.logger->should_log(level)) return;
  // A string argument, not a format: braces in `text` mean nothing.
  log.logger->log(level, "{}{}", log.prefix, text);
}

}  // namespace

void to_stderr(Level least) { use(make_stderr_logger(spdlog_level(least))); }

void to_file(const std::string& path, Level least) {
  try {
    use(make_logger(std::make_shared<spdlog::sinks::basic_file_sink_st>(path),
                    spdlog_level(least)));
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(ErrorCode::storage, concat(path, ": cannot open the log: ", error.what()));
  }
}

void set_name(std::string name) {
  State& log = state();
  const std::lock_guard lock(log.mutex);
  log.prefix = name.empty() ? "" : std::move(name) + ": ";
}

void debug(std::string_view text) { write(spdlog::level::debug, text); }
void info(std::string_view text) { write(spdlog::level::info, text); }
void warning(std::string_view text) { write(spdlog::level::warn, text); }
void error(std::string_view text) { write(spdlog::level::err, text); }

}  // namespace muster::log
