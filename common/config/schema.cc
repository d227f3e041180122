#include "common/config/schema.h"

#include <algorithm>

#include "common/text.h"

namespace muster::config {
namespace {

std::string number(double value) {
  // Whole numbers without an exponent: 9007199254740992, not 9.007199254740992e+15.
  const bool whole =
      value > -1e17 && value < 1e17 && value == static_cast<double>(static_cast<long long>(value));
  return whole ? std::to_string(static_cast<long long>(value)) : shortest(value);
}

std::string plural(const Type& type) {
  switch (type.kind) {
    case Type::Kind::boolean:
      return "truth values";
    case Type::Kind::text:
      return "texts";
    case Type::Kind::list:
      return "lists";
    default:
      return type_in_words(type) + "s";
  }
}

/// `c` is in a set like "A-Za-z0-9._-"; a '-' at its end stands for itself.
bool is_in(std::string_view set, char c) {
  for (std::size_t at = 0; at < set.size(); ++at) {
    const bool is_range = at + 2 < set.size() && set[at + 1] == '-';
    if (is_range ? set[at] <= c && c <= set[at + 2] : set[at] == c) return true;
    if (is_range) at += 2;
  }
  return false;
}

}  // namespace

bool Limits::hold(long double value) const {
  return !(at_least && value < *at_least) && !(above && value <= *above) &&
         !(at_most && value > *at_most) && !(below && value >= *below);
}

std::string Limits::in_words() const {
  if (at_least && at_most) {
    if (*at_least == *at_most) return number(*at_least);
    return concat("from ", number(*at_least), " to ", number(*at_most));
  }
  std::vector<std::string> parts;
  if (at_least) parts.push_back("at least " + number(*at_least));
  if (above) parts.push_back("above " + number(*above));
  if (at_most) parts.push_back("at most " + number(*at_most));
  if (below) parts.push_back("below " + number(*below));
  return join(parts, " and ");
}

bool Word::matches(std::string_view text) const {
  return !text.empty() && text.size() <= longest && is_in(first, text.front()) &&
         std::all_of(text.begin() + 1, text.end(), [&](char c) { return is_in(rest, c); });
}

std::string Word::pattern() const {
  return concat("[", first, "][", rest, "]{0,", longest - 1, "}");
}

std::string type_in_words(const Type& type) {
  switch (type.kind) {
    case Type::Kind::boolean:
      return "true or false";
    case Type::Kind::integer:
      return "integer";
    case Type::Kind::number:
      return "number";
    case Type::Kind::text:
      return "text";
    case Type::Kind::path:
      return "path";
    case Type::Kind::choice:
      return "choice";
    case Type::Kind::duration:
      return "duration";
    case Type::Kind::span:
      return "duration or share";
    case Type::Kind::time:
      return "time";
    case Type::Kind::list:
      return concat(type.item_alone ? type_in_words(*type.element) + " or " : "", "list of ",
                    plural(*type.element));
    case Type::Kind::map:
      return "map to " + plural(*type.element);
    case Type::Kind::section:
      return "section";
    case Type::Kind::tagged:
      return concat("section by ", type.tag);
  }
  return {};
}

std::string either(const std::vector<std::string>& words) {
  if (words.size() < 2) return join(words, "");
  const std::vector<std::string> first(words.begin(), words.end() - 1);
  return concat(join(first, ", "), " or ", words.back());
}

std::string units_in_words(const Type& type) {
  std::vector<std::string> units;
  for (const Duration::Unit unit : type.units) {
    switch (unit) {
      case Duration::Unit::epochs:
        units.emplace_back("ep");
        break;
      case Duration::Unit::steps:
        units.emplace_back("steps");
        break;
      case Duration::Unit::samples:
        units.emplace_back("samples");
        break;
      case Duration::Unit::seconds:
        units.insert(units.end(), {"s", "min", "h"});
        break;
    }
  }
  if (type.kind == Type::Kind::span) units.emplace_back("%");
  return either(units);
}

std::string range_in_words(const Type& type) {
  switch (type.kind) {
    case Type::Kind::integer:
    case Type::Kind::number:
      return type.limits.in_words();
    case Type::Kind::text:
      return type.word ? type.word->in_words : std::string{};
    case Type::Kind::choice:
      return "one of: " + join(type.choices, ", ");
    case Type::Kind::duration:
    case Type::Kind::span:
      return "in " + units_in_words(type);
    case Type::Kind::time:
      return "in ms, s, min or h";
    case Type::Kind::list: {
      std::vector<std::string> parts;
      if (!type.items_in_words.empty()) {
        parts.push_back(type.items_in_words);
      } else if (type.items_max) {
        parts.push_back(concat(*type.items_max, " items"));
      } else if (type.items_min > 0) {
        parts.push_back(
            concat("at least ", type.items_min, type.items_min == 1 ? " item" : " items"));
      }
      const std::string each = range_in_words(*type.element);
      if (!each.empty()) parts.push_back("each " + each);
      return join(parts, ", ");
    }
    case Type::Kind::tagged: {
      std::vector<std::string> names;
      for (const Alternative& alternative : type.alternatives) names.push_back(alternative.name);
      return "one of: " + join(names, ", ");
    }
    default:
      return {};
  }
}

const Key* Section::find(std::string_view name) const {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const Key& candidate) { return candidate.name == name; });
  return key == keys.end() ? nullptr : &*key;
}

}  // namespace muster::config
