#include "common/wire/json.h"

#include <cmath>
#include <limits>

#include "common/text.h"

namespace muster::wire {

using nlohmann::json;

json parse_json(std::string_view text, int deepest, ErrorCode code) {
  const auto refuse_depth = [deepest, code](int depth, json::parse_event_t event, json&) {
    const bool opens =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (opens && depth >= deepest) {
      throw Error(code, concat("JSON is nested more than ", deepest, " deep"));
    }
    return true;
  };
  // The library takes this byte, which no JSON text holds, for the end and ignores what follows.
  if (text.find('\0') != std::string_view::npos) throw Error(code, "not JSON: holds a zero byte");
  try {
    return json::parse(text, refuse_depth);
  } catch (const json::exception& error) {
    throw Error(code, concat("not JSON: ", error.what()));
  }
}

std::string json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

JsonReader::JsonReader(const json& object, ErrorCode code) : object_(object), code_(code) {
  if (!object.is_object()) {
    throw Error(code, concat("must be a JSON object, got ", object.type_name()));
  }
}

void JsonReader::operator()(const char* key, bool& value) const {
  const json& found = member(key);
  if (!found.is_boolean()) refuse(key, found, "true or false");
  value = found.get<bool>();
}

void JsonReader::operator()(const char* key, int& value) const {
  std::int64_t wide = 0;
  read(key, member(key), wide);
  if (wide > std::numeric_limits<int>::max()) refuse(key, member(key), "below 2^31");
  value = static_cast<int>(wide);
}

void JsonReader::operator()(const char* key, std::int64_t& value) const {
  read(key, member(key), value);
}

void JsonReader::operator()(const char* key, double& value) const { read(key, member(key), value); }

void JsonReader::operator()(const char* key, std::string& value) const {
  read(key, member(key), value);
}

void JsonReader::operator()(const char* key, json& value) const { value = member(key); }

void JsonReader::operator()(const char* key, std::map<std::string, double>& value) const {
  const json& found = member(key);
  if (!found.is_object()) refuse(key, found, "an object of numbers");
  value.clear();
  for (const auto& [name, number] : found.items()) read(key, number, value[name]);
}

void JsonReader::operator()(const char* key, std::vector<std::int64_t>& value) const {
  read(key, member(key), value);
}

void JsonReader::operator()(const char* key, std::vector<std::vector<std::int64_t>>& value) const {
  read(key, member(key), value);
}

void JsonReader::operator()(const char* key, std::vector<double>& value) const {
  read(key, member(key), value);
}

void JsonReader::operator()(const char* key, std::vector<std::string>& value) const {
  read(key, member(key), value);
}

template <class T>
void JsonReader::read(const char* key, const json& found, std::vector<T>& values) const {
  if (!found.is_array()) refuse(key, found, "an array");
  values.clear();
  for (const json& element : found) read(key, element, values.emplace_back());
}

const json& JsonReader::member(const char* key) const {
  const auto found = object_.find(key);
  if (found == object_.end()) throw Error(code_, concat("key '", key, "' is missing"));
  return *found;
}

void JsonReader::read(const char* key, const json& found, std::int64_t& value) const {
  // A parsed number without a sign is unsigned for the library, up to 2^64.
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool fits = found.is_number_unsigned()
                        ? found.get<std::uint64_t>() <= kLargest
                        : found.is_number_integer() && found.get<std::int64_t>() >= 0;
  if (!fits) refuse(key, found, "a whole number, zero or more, below 2^63");
  value = found.get<std::int64_t>();
}

void JsonReader::read(const char* key, const json& found, double& value) const {
  if (!found.is_number() && !found.is_null()) refuse(key, found, "a number or null");
  value = found.is_null() ? std::nan("") : found.get<double>();
}

void JsonReader::read(const char* key, const json& found, std::string& value) const {
  if (!found.is_string()) refuse(key, found, "a text");
  value = found.get<std::string>();
}

void JsonReader::refuse(const char* key, const json& got, const char* wanted) const {
  // Containers and texts may be long: their type says enough.
  const bool is_short = got.is_number() || got.is_boolean();
  throw Error(code_, concat("key '", key, "' must be ", wanted, ", got ",
                            is_short ? json_text(got) : std::string(got.type_name())));
}

}  // namespace muster::wire
