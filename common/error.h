// The one type of exception of this project, and what its codes mean to a caller.
//
// Failures (a bad file, a lost peer, a deadline) are exceptions of this type. Exceptions of
// libraries are turned into it once, where they enter. Bugs are MUSTER_ASSERT, which input can
// never reach.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace muster {

/// Named for what the caller can do about it.
enum class ErrorCode {
  invalid,      // The experiment or a request is wrong: change it.
  unsupported,  // Right in itself, but not something this build or machine can do.
  corrupt,      // Data are missing, unreadable or wrong: repair the file that the message names.
  storage,      // The run directory or a file system failed: free space, try another place.
  unavailable,  // A program, host or service cannot be reached: start it, try again.
  timeout,      // A deadline passed.
  aborted,      // A peer ended or gave up; this side did nothing wrong.
};

/// "invalid", "corrupt", ...: stable, used in logs, JSON and the control talk.
std::string_view to_string(ErrorCode code);

/// The code of that name; throws std::invalid_argument for an unknown one.
ErrorCode error_code_from(std::string_view name);

/// The exit status of a program that ends with an error of this code (table in README).
int exit_status(ErrorCode code);

/// `message` says where and what ("configs/a.yaml:12:3: ..."); `hint`, if not empty, what would be
/// right.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

  ErrorCode code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorCode code_;
  std::string hint_;
};

/// What it means that a file which should be there cannot be opened or read: corrupt when it is
/// missing or is no file, storage when it may well be good (a stale handle, a disk or server in
/// trouble, too many open files).
ErrorCode code_of_read_error(int error_number);

/// The text of errno value `error_number`, e.g. "No space left on device".
std::string errno_text(int error_number);

/// Exit statuses that are not the consequence of an Error (the whole list is in README).
namespace exit_code {
inline constexpr int kOk = 0;
inline constexpr int kUsage = 64;
inline constexpr int kBadData = 65;
inline constexpr int kUnreachable = 69;
inline constexpr int kSoftware = 70;  // A bug, or a world that died and could not be recovered.
inline constexpr int kStorage = 74;
inline constexpr int kRequeue = 75;
inline constexpr int kBadConfig = 78;
inline constexpr int kSignal = 128;  // Plus the signal's number.
}  // namespace exit_code

/// What an exit status of this project's programs means: "missing or wrong data", "ended by signal
/// 9".
std::string exit_status_text(int status);

/// Prints the place and the text and aborts. Called by MUSTER_ASSERT only.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line,
                                   std::string_view text);

}  // namespace muster

/// A bug if it does not hold: always on. `condition` has no side effects and never depends on
/// input.
#define MUSTER_ASSERT(condition, text)                                  \
  do {                                                                  \
    if (!(condition)) [[unlikely]]                                      \
      ::muster::assertion_failed(#condition, __FILE__, __LINE__, text); \
  } while (false)
