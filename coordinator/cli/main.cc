#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "coordinator/cli/program.h"

namespace {

/// Whoever starts this with a closed standard output must not find it in a file of the run, which
/// would get the number.
void open_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  return muster::coordinator::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
