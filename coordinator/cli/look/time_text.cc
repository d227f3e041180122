#include "coordinator/cli/look/time_text.h"

#include <array>
#include <ctime>

namespace muster::coordinator::cli::look {
namespace {

std::string formatted(const char* format, const std::tm& time) {
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

}  // namespace

std::string local_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return formatted("%Y-%m-%d %H:%M:%S", parts);
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return formatted("%Y-%m-%dT%H:%M:%SZ", parts);
}

}  // namespace muster::coordinator::cli::look
