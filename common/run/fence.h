// Fencing: which coordinator a run belongs to. Coordinator number N exists when journal/N.jsonl
// does; that file is made exclusively, so no number is taken twice. coordinator.json says where the
// present one listens; a worker that reconnects reads it again and refuses a smaller number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/run/run_directory.h"

namespace muster::run {

/// coordinator.json
struct CoordinatorAddress {
  std::int64_t number = 0;
  std::string host;
  int port = 0;
  std::int64_t pid = 0;
};

void to_json(nlohmann::json& json, const CoordinatorAddress& address);
void from_json(const nlohmann::json& json, CoordinatorAddress& address);

/// Takes the next free number by creating its journal with `first_line`. Throws Error{storage}.
std::int64_t take_coordinator_number(const RunDirectory& run, const std::string& first_line);

/// The numbers that have been taken, ascending; none where there is no folder for them. Throws
/// Error{storage} when it cannot be listed.
std::vector<std::int64_t> coordinator_numbers(const RunDirectory& run);

/// True when a coordinator with a larger number exists: the caller must give way and publish
/// nothing. Throws Error{storage} when that cannot be seen.
bool is_superseded(const RunDirectory& run, std::int64_t number);

/// Atomic. Throws Error{storage}; Error{aborted} when superseded (nothing is written).
void publish_address(const RunDirectory& run, const CoordinatorAddress& address);
/// Throws Error{unavailable} when there is none yet.
CoordinatorAddress read_address(const RunDirectory& run);

/// The run's secret: made once, 32 random bytes, mode 0600. Throws Error{storage}; read_secret also
/// when others may read the file.
void create_secret(const RunDirectory& run);
std::string read_secret(const RunDirectory& run);

}  // namespace muster::run
