// What a worker process sets up before it trains.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "comm/communicator.h"
#include "common/instruction_set.h"
#include "common/run/run_directory.h"

namespace muster::worker {

/// This process is killed when its parent (mpirun or its daemon) ends, however that ends.
void die_with_parent();

/// Standard output and error go to the end of file `path` from now on, the log too. Throws
/// Error{storage}.
void redirect_output(const std::string& path);

/// What an exception says, for people: libtorch's without its stack of addresses.
std::string error_text(const std::exception& error);

/// Collective. Throws Error{invalid} on every rank when the ranks differ in experiment, data,
/// program, libtorch build, vector instructions or threads: they would not compute the same bits.
void check_same_everywhere(comm::Communicator& communicator, const std::string& config_hash);

/// Collective. The vector instructions that every rank's processor has.
InstructionSet least_instruction_set(comm::Communicator& communicator);

/// From now on the communicator writes its operations to this rank's flight record in the run
/// directory. Where that cannot be made the log says so, and nothing else happens.
void keep_flight_record(comm::Communicator& communicator, const run::RunDirectory& run,
                        std::int64_t generation);

/// Version of the libtorch that this was built with, "2.11.0".
std::string libtorch_version();

}  // namespace muster::worker
