#include "coordinator/launch/mpirun_report.h"

#include <charconv>
#include <string>

namespace muster::coordinator {
namespace {

/// Reads a text from left to right; once something is missing, it has failed for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Goes to just behind the next `mark`.
  Scanner& find(std::string_view mark) {
    const auto at = text_.find(mark);
    if (at == std::string_view::npos) {
      failed_ = true;
      text_ = {};
    } else {
      text_.remove_prefix(at + mark.size());
    }
    return *this;
  }

  template <class T>
  Scanner& number(T& value) {
    const auto first = text_.find_first_not_of(' ');
    if (first != std::string_view::npos) text_.remove_prefix(first);
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (result.ec != std::errc{}) failed_ = true;
    text_.remove_prefix(static_cast<std::size_t>(result.ptr - text_.data()));
    return *this;
  }

  Scanner& word(std::string& value) {
    value = text_.substr(0, text_.find_first_of(" \n"));
    text_.remove_prefix(value.size());
    if (value.empty()) failed_ = true;
    return *this;
  }

  bool succeeded() const { return !failed_; }

 private:
  std::string_view text_;
  bool failed_ = false;
};

/// "mpirun noticed that process rank 1 with PID 4711 on node n1 exited on signal 9 (Killed)."
std::optional<WorkerEnd> killed_by_signal(std::string_view output) {
  WorkerEnd worker;
  Scanner scanner(output);
  scanner.find("noticed that process rank ").number(worker.rank);
  scanner.find("with PID ").number(worker.pid).find("on node ").word(worker.host);
  scanner.find("exited on signal ").number(worker.end.signal);
  return scanner.succeeded() ? std::optional(worker) : std::nullopt;
}

/// "  Process name: [[57417,1],1]\n  Exit code:    65": the rank stands behind the last comma.
/// 5.0: "  Process name: [prterun-n1-4711@1,1]".
std::optional<WorkerEnd> ended_with_status(std::string_view output) {
  WorkerEnd worker;
  const auto mark = output.find("Process name: [");
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view line = output.substr(mark, output.find('\n', mark) - mark);
  Scanner rank(line.substr(std::min(line.size(), line.rfind(',') + 1)));
  Scanner status(output.substr(mark));
  rank.number(worker.rank);
  status.find("Exit code:").number(worker.end.exit_code);
  return rank.succeeded() && status.succeeded() ? std::optional(worker) : std::nullopt;
}

/// "MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD\nwith errorcode 70."
std::optional<WorkerEnd> called_abort(std::string_view output) {
  WorkerEnd worker;
  Scanner scanner(output);
  scanner.find("MPI_ABORT was invoked on rank ").number(worker.rank);
  scanner.find("with errorcode ").number(worker.end.exit_code);
  return scanner.succeeded() ? std::optional(worker) : std::nullopt;
}

}  // namespace

std::optional<WorkerEnd> parse_mpirun_report(std::string_view output) {
  if (auto worker = killed_by_signal(output)) return worker;
  if (auto worker = called_abort(output)) return worker;
  return ended_with_status(output);
}

}  // namespace muster::coordinator
