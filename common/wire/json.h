// JSON at the borders: text that may be hostile or damaged becomes values of known types, or an
// Error that names the key.
//
// The library parses any depth, but copying or printing a value that is some ten thousand levels
// deep overflows the stack; so depth is bounded while parsing. It also converts silently between
// numbers (1.5 to 1, 2^63 to -2^63); JsonReader does not.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace muster::wire {

/// The value of a whole JSON text of at most `deepest` nested arrays and objects. Throws
/// Error{code}.
nlohmann::json parse_json(std::string_view text, int deepest, ErrorCode code);

/// On one line. Bytes that are not UTF-8 are replaced, numbers that are not finite become null.
std::string json_text(const nlohmann::json& value);

/// Reads the members of an object into variables. A missing key, another type and a number that
/// does not fit are Error{code}; other keys are ignored.
class JsonReader {
 public:
  /// `object` outlives the reader. Throws Error{code} when it is not an object.
  JsonReader(const nlohmann::json& object, ErrorCode code);

  void operator()(const char* key, bool& value) const;
  void operator()(const char* key, int& value) const;           // Zero or more.
  void operator()(const char* key, std::int64_t& value) const;  // Zero or more.
  void operator()(const char* key, double& value) const;        // null is NaN.
  void operator()(const char* key, std::string& value) const;
  void operator()(const char* key, nlohmann::json& value) const;  // Anything.
  void operator()(const char* key, std::map<std::string, double>& value) const;
  void operator()(const char* key, std::vector<std::int64_t>& value) const;
  void operator()(const char* key, std::vector<std::vector<std::int64_t>>& value) const;
  void operator()(const char* key, std::vector<double>& value) const;
  void operator()(const char* key, std::vector<std::string>& value) const;

 private:
  const nlohmann::json& member(const char* key) const;
  void read(const char* key, const nlohmann::json& found, std::int64_t& value) const;
  void read(const char* key, const nlohmann::json& found, double& value) const;
  void read(const char* key, const nlohmann::json& found, std::string& value) const;
  template <class T>
  void read(const char* key, const nlohmann::json& found, std::vector<T>& values) const;
  [[noreturn]] void refuse(const char* key, const nlohmann::json& got, const char* wanted) const;

  const nlohmann::json& object_;
  ErrorCode code_;
};

}  // namespace muster::wire
