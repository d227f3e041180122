// JSON files of a run directory: written whole, read with their schema number checked.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/error.h"

namespace muster::run {

/// The number in every JSON file of a run directory under "schema".
inline constexpr int kSchema = 1;

/// Throws Error{corrupt} when `object` is no object or has no schema number, Error{unsupported}
/// when a later version wrote it.
void check_schema(const nlohmann::json& object);

/// Indented for people, with a line end; bytes that are no UTF-8 (names come from file systems) are
/// replaced. For any kind of nlohmann's JSON.
template <class Json>
std::string pretty_text(const Json& object) {
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Atomic, as pretty_text. Throws Error{storage}.
void write_json_file(const std::string& path, const nlohmann::json& object);

/// Throws Error{storage} when the file cannot be read, Error{corrupt} when it is not JSON.
nlohmann::json read_json_file(const std::string& path);

/// The `T` in a file. Errors of its from_json get the file's name in front.
template <class T>
T read_from_json_file(const std::string& path) {
  const nlohmann::json object = read_json_file(path);
  try {
    return object.get<T>();
  } catch (const Error& error) {
    throw Error(error.code(), path + ": " + error.what(), error.hint());
  }
}

}  // namespace muster::run
