#include "common/error.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace muster {
namespace {

struct CodeInfo {
  ErrorCode code;
  std::string_view name;
  int exit_status;
};

constexpr std::array kCodes = {
    CodeInfo{ErrorCode::invalid, "invalid", exit_code::kBadConfig},
    CodeInfo{ErrorCode::unsupported, "unsupported", exit_code::kBadConfig},
    CodeInfo{ErrorCode::corrupt, "corrupt", exit_code::kBadData},
    CodeInfo{ErrorCode::storage, "storage", exit_code::kStorage},
    CodeInfo{ErrorCode::unavailable, "unavailable", exit_code::kUnreachable},
    CodeInfo{ErrorCode::timeout, "timeout", exit_code::kUnreachable},
    CodeInfo{ErrorCode::aborted, "aborted", exit_code::kSoftware},
};

const CodeInfo& info_of(ErrorCode code) {
  for (const CodeInfo& info : kCodes) {
    if (info.code == code) return info;
  }
  assertion_failed("code is an ErrorCode", __FILE__, __LINE__, "unknown error code");
}

}  // namespace

std::string_view to_string(ErrorCode code) { return info_of(code).name; }

ErrorCode error_code_from(std::string_view name) {
  for (const CodeInfo& info : kCodes) {
    if (info.name == name) return info.code;
  }
  throw std::invalid_argument("no error code is called '" + std::string(name) + "'");
}

int exit_status(ErrorCode code) { return info_of(code).exit_status; }

std::string exit_status_text(int status) {
  switch (status) {
    case exit_code::kOk:
      return "success";
    case exit_code::kUsage:
      return "wrong use of the command line";
    case exit_code::kBadData:
      return "missing or wrong data";
    case exit_code::kUnreachable:
      return "a program, host or service could not be reached";
    case exit_code::kSoftware:
      return "a bug, or a world that died and could not be recovered";
    case exit_code::kStorage:
      return "the run directory or a file system failed";
    case exit_code::kRequeue:
      return "ended by a signal after a checkpoint; run it again to go on";
    case exit_code::kBadConfig:
      return "wrong experiment, or one that this machine cannot do";
    default:
      break;
  }
  if (status > exit_code::kSignal && status < exit_code::kSignal + 65) {
    return "ended by signal " + std::to_string(status - exit_code::kSignal);
  }
  return "exit status " + std::to_string(status);
}

ErrorCode code_of_read_error(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
      return ErrorCode::corrupt;
    default:
      return ErrorCode::storage;
  }
}

std::string errno_text(int error_number) {
  // strerror is not safe with threads; the standard library's category is.
  return std::generic_category().message(error_number);
}

void assertion_failed(const char* condition, const char* file, int line, std::string_view text) {
  std::fprintf(stderr, "%s:%d: bug: %.*s (%s does not hold)\n", file, line,
               static_cast<int>(text.size()), text.data(), condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace muster
