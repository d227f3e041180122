#include "common/config/json_schema.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/config/schema.h"
#include "common/config/writer.h"
#include "common/text.h"

namespace muster::config {
namespace {

using Json = nlohmann::ordered_json;

// Numbers in front of a unit, as common/units.h reads them.
constexpr const char* kWhole = "[0-9]+(\\.0+)?";
constexpr const char* kPositiveWhole = "0*[1-9][0-9]*(\\.0+)?";
constexpr const char* kDecimal = "[0-9]+(\\.[0-9]+)?";
constexpr const char* kPositiveDecimal = "(0*[1-9][0-9]*(\\.[0-9]+)?|0+\\.0*[1-9][0-9]*)";
constexpr const char* kPercent = "0*(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)";

/// "AMOUNT UNIT" in the units of `type`.
std::string quantity_pattern(const Type& type, const std::string& whole,
                             const std::string& decimal) {
  std::vector<std::string> counted;
  std::vector<std::string> parts;
  for (const Duration::Unit unit : type.units) {
    switch (unit) {
      case Duration::Unit::epochs:
        counted.emplace_back("ep");
        break;
      case Duration::Unit::steps:
        counted.emplace_back("steps");
        break;
      case Duration::Unit::samples:
        counted.emplace_back("samples");
        break;
      case Duration::Unit::seconds:
        parts.push_back(decimal + " *(s|min|h)");
        break;
    }
  }
  if (!counted.empty()) parts.push_back(concat(whole, " *(", join(counted, "|"), ")"));
  if (type.kind == Type::Kind::span) parts.push_back(concat(kPercent, " *%"));
  return concat("^(", join(parts, "|"), ")$");
}

Json text_with_pattern(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

/// A bound as it is written by people: 1, not 1.0.
Json bound(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e17) return static_cast<long long>(value);
  return value;
}

Json number_schema(const char* type, const Limits& limits) {
  Json json = {{"type", type}};
  if (limits.at_least) json["minimum"] = bound(*limits.at_least);
  if (limits.above) json["exclusiveMinimum"] = bound(*limits.above);
  if (limits.at_most) json["maximum"] = bound(*limits.at_most);
  if (limits.below) json["exclusiveMaximum"] = bound(*limits.below);
  return json;
}

/// The scalar is taken as written, so what YAML calls a number or a truth value is text too.
Json text_schema(const Type& type) {
  Json json = {{"type", Json::array({"string", "number", "boolean"})}};
  if (type.word) json["pattern"] = concat("^", type.word->pattern(), "$");
  if (type.kind == Type::Kind::path) json["minLength"] = 1;
  return json;
}

bool needs_no_key(const Section& section) {
  return std::none_of(section.keys.begin(), section.keys.end(),
                      [](const Key& key) { return key.required; });
}

/// `json` or null.
void allow_null(Json& json) {
  Json& type = json["type"];
  if (!type.is_array()) type = Json::array({type});
  type.push_back("null");
  if (json.contains("enum")) json["enum"].push_back(nullptr);
}

std::string sentence(const std::string& text) { return text.ends_with('.') ? text : text + "."; }

/// Makes the schema, and gathers the alternatives of tagged sections as definitions.
class Generator {
 public:
  Json whole(const Section& section) {
    Json json = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Muster experiment"},
                 {"description", section.summary}};
    json.update(section_schema(section, ""));
    json["definitions"] = std::move(definitions_);
    return json;
  }

 private:
  Json key_schema(const Key& key, const Section& holder, const std::string& path) {
    Json json = {{"description", description_of(key)}};
    json.update(type_schema(key.type, path));
    const bool is_plain =
        key.type.kind != Type::Kind::section && key.type.kind != Type::Kind::tagged;
    if (is_plain && !key.required && key.fallback.empty()) {
      const Node fallback = key.write(holder.defaults.get(), key.type, Form::complete);
      if (fallback.kind != Node::Kind::null) json["default"] = Json::parse(json_text(fallback));
    }
    return json;
  }

  static std::string description_of(const Key& key) {
    std::string text = key.meaning;
    if (!key.fallback.empty()) text += concat(" Default: ", sentence(key.fallback));
    if (key.only_when) text += concat(" It ", sentence(key.only_when->in_words));
    return text;
  }

  Json type_schema(const Type& type, const std::string& path) {
    Json json = type_schema_without_null(type, path);
    const bool may_be_empty = type.kind == Type::Kind::map ||
                              (type.kind == Type::Kind::section && needs_no_key(*type.section)) ||
                              (type.kind == Type::Kind::tagged && !type.tag_required &&
                               needs_no_key(*type.alternatives.front().section));
    if (type.nullable || may_be_empty) allow_null(json);
    return json;
  }

  Json type_schema_without_null(const Type& type, const std::string& path) {
    switch (type.kind) {
      case Type::Kind::boolean:
        return {{"type", "boolean"}};
      case Type::Kind::integer:
        return number_schema("integer", type.limits);
      case Type::Kind::number:
        return number_schema("number", type.limits);
      case Type::Kind::text:
      case Type::Kind::path:
        return text_schema(type);
      case Type::Kind::choice:
        return {{"type", "string"}, {"enum", type.choices}};
      case Type::Kind::duration:
        return text_with_pattern(quantity_pattern(type, kPositiveWhole, kPositiveDecimal));
      case Type::Kind::span:
        return text_with_pattern(quantity_pattern(type, kWhole, kDecimal));
      case Type::Kind::time:
        return text_with_pattern(concat("^", kPositiveDecimal, " *(ns|us|ms|s|min|h)$"));
      case Type::Kind::list:
        return list_schema(type, path);
      case Type::Kind::map:
        return {{"type", "object"},
                {"additionalProperties", type_schema(*type.element, path + ".*")}};
      case Type::Kind::section:
        return section_schema(*type.section, path);
      case Type::Kind::tagged:
        return tagged_schema(type, path);
    }
    return {};
  }

  Json list_schema(const Type& type, const std::string& path) {
    Json json = {{"type", "array"}, {"items", type_schema(*type.element, path + ".*")}};
    if (type.items_min > 0) json["minItems"] = type.items_min;
    if (type.items_max) json["maxItems"] = *type.items_max;
    if (!type.item_alone) return json;
    return {{"anyOf", {type_schema(*type.element, path + ".*"), json}}};
  }

  Json section_schema(const Section& section, const std::string& path) {
    Json json = {{"type", "object"}, {"properties", Json::object()}};
    Json required = Json::array();
    for (const Key& key : section.keys) {
      const std::string key_path = path.empty() ? key.name : concat(path, ".", key.name);
      json["properties"][key.name] = key_schema(key, section, key_path);
      if (key.required) required.push_back(key.name);
    }
    if (!required.empty()) json["required"] = std::move(required);
    json["additionalProperties"] = false;
    return json;
  }

  /// The tag chooses which definition the whole section has to follow.
  Json tagged_schema(const Type& type, const std::string& path) {
    Json tag = {{"type", "string"}, {"enum", Json::array()}};
    Json choices = Json::array();
    std::vector<std::string> meanings;
    for (const Alternative& alternative : type.alternatives) {
      tag["enum"].push_back(alternative.name);
      meanings.push_back(concat(alternative.name, ": ", alternative.section->summary));
      const bool is_default = !type.tag_required && tag["enum"].size() == 1;
      Json condition = {{"properties", {{type.tag, {{"const", alternative.name}}}}}};
      if (!is_default) condition["required"] = Json::array({type.tag});
      choices.push_back({{"if", std::move(condition)},
                         {"then", {{"$ref", "#/definitions/" + define(type, alternative, path)}}}});
    }
    if (!type.tag_required) tag["default"] = type.alternatives.front().name;
    tag["description"] = join(meanings, "\n");
    Json json = {{"type", "object"}, {"properties", {{type.tag, std::move(tag)}}}};
    if (type.tag_required) json["required"] = Json::array({type.tag});
    json["allOf"] = std::move(choices);
    return json;
  }

  /// The name of the definition of one alternative; several keys may share it (data.train, .eval).
  std::string define(const Type& type, const Alternative& alternative, const std::string& path) {
    for (const Defined& known : defined_) {
      if (known.section == alternative.section.get() && known.tag == type.tag) return known.name;
    }
    std::string name = concat(path, ".", alternative.name);
    defined_.push_back({alternative.section.get(), type.tag, name});
    Json json = {{"description", alternative.section->summary}};
    json.update(section_schema(*alternative.section, path));
    json["type"] = Json::array({"object", "null"});  // Which of them is decided where it is used.
    json["properties"][type.tag] = true;
    definitions_[name] = std::move(json);
    return name;
  }

  struct Defined {
    const Section* section;
    std::string tag;
    std::string name;
  };
  std::vector<Defined> defined_;
  Json definitions_ = Json::object();
};

}  // namespace

std::string experiment_json_schema() {
  return Generator().whole(experiment_schema()).dump(2) + "\n";
}

}  // namespace muster::config
