#include <string>
#include <vector>

#include "coordinator/cli/program.h"

int main(int argc, char** argv) {
  return muster::coordinator::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
