#include "common/config/codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/error.h"
#include "common/text.h"

namespace muster::config {
namespace {

void complain_type(const At& at, std::string_view wanted, std::string hint = {}) {
  if (hint.empty() && at.node.kind == Node::Kind::text) hint = "remove the quotes";
  at.complain(concat("must be ", wanted, ", got ", in_words(at.node)), std::move(hint));
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
}

bool has_leading_zero(std::string_view decimal) {
  if (decimal.starts_with('-')) decimal.remove_prefix(1);
  return decimal.size() > 1 && decimal.starts_with('0');
}

/// The finite number that the whole of `text` is.
std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// "write 1000" for "1e3" and "010": what was probably meant.
std::string integer_hint(const std::string& text) {
  if (is_decimal(text) && has_leading_zero(text)) return "write it without leading zeros";
  const auto value = number_in(text);
  if (!value || *value != std::floor(*value) || std::abs(*value) > 1e15) return {};
  return concat("write ", static_cast<std::int64_t>(*value));
}

std::string bool_hint(std::string_view text) {
  constexpr std::array kTrue = {"on", "yes", "True", "TRUE", "1", "y"};
  constexpr std::array kFalse = {"off", "no", "False", "FALSE", "0", "n"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return "write true";
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return "write false";
  return {};
}

/// What `parse` makes of a scalar with a unit, after complaints.
template <class Parse>
auto read_quantity(const At& at, std::string_view kind, const std::string& hint, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
  if (!at.node.is_scalar()) {
    complain_type(at, kind, hint);
    return std::nullopt;
  }
  try {
    return parse(at.node.scalar);
  } catch (const Error& error) {
    // "'10' is not a duration: the unit is missing": the first half is said by the key already.
    const std::string what = error.what();
    const std::size_t reason = what.rfind(": ");
    at.complain(concat("must be ", kind, ", got ", in_words(at.node),
                       reason == std::string::npos ? "" : what.substr(reason)),
                hint);
  }
  return std::nullopt;
}

std::string unit_hint(const Type& type, std::string_view example) {
  return concat("write a number and a unit (", units_in_words(type), "), for example ", example);
}

bool unit_allowed(const At& at, const Duration& duration) {
  const auto& units = at.type.units;
  if (std::find(units.begin(), units.end(), duration.unit) != units.end()) return true;
  at.complain(concat("must be in ", units_in_words(at.type), ", got ", in_words(at.node)),
              "lengths of time are not supported here");
  return false;
}

/// A map, or null, which stands for an empty one; complains about anything else.
bool check_map(const At& at, std::string hint = {}) {
  if (at.node.kind == Node::Kind::map || at.node.kind == Node::Kind::null) return true;
  if (hint.empty()) hint = "write its keys below it, or {key: value}";
  complain_type(at, at.type.kind == Type::Kind::map ? "a map" : "a section", std::move(hint));
  return false;
}

}  // namespace

std::optional<std::int64_t> read_integer(const At& at, std::int64_t least, std::int64_t greatest) {
  const std::string& text = at.node.scalar;
  if (at.node.kind != Node::Kind::plain || !is_decimal(text) || has_leading_zero(text)) {
    complain_type(at, "an integer", at.node.kind == Node::Kind::plain ? integer_hint(text) : "");
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || value < least || value > greatest) {
    at.complain(concat("is too ", text.starts_with('-') ? "small" : "large", ", got ", text));
  } else if (!at.type.limits.hold(static_cast<long double>(value))) {
    at.complain(concat("must be ", at.type.limits.in_words(), ", got ", text));
  } else {
    return value;
  }
  return std::nullopt;
}

const std::vector<Node>* read_items(const At& at) {
  if (at.node.kind != Node::Kind::list) {
    complain_type(at, "a list",
                  at.node.is_scalar() ? concat("write [", at.node.scalar, "]") : std::string{});
    return nullptr;
  }
  const std::size_t count = at.node.items.size();
  if (count >= at.type.items_min && count <= at.type.items_max.value_or(count)) {
    return &at.node.items;
  }
  const std::size_t wanted = at.type.items_min;
  at.complain(concat("must have ", at.type.items_max ? "" : "at least ", wanted,
                     wanted == 1 ? " item" : " items", ", got ", count),
              at.type.items_in_words);
  return nullptr;
}

const std::vector<Node::Entry>* read_entries(const At& at) {
  return check_map(at) ? &at.node.entries : nullptr;
}

std::optional<std::size_t> read_choice(const At& at, const std::vector<std::string>& choices) {
  const auto found = std::find(choices.begin(), choices.end(), at.node.scalar);
  if (at.node.is_scalar() && found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  const std::string near =
      at.node.is_scalar() ? nearest_word(at.node.scalar, choices) : std::string{};
  at.complain(concat("must be ", either(choices), ", got ", in_words(at.node)),
              near.empty() ? "" : concat("did you mean '", near, "'?"));
  return std::nullopt;
}

std::optional<std::size_t> read_tag(const At& at) {
  std::vector<std::string> names;
  for (const Alternative& alternative : at.type.alternatives) names.push_back(alternative.name);
  const std::string& tag = at.type.tag;
  const bool is_name =
      at.node.is_scalar() && std::find(names.begin(), names.end(), at.node.scalar) != names.end();
  if (!check_map(at, is_name ? concat("write {", tag, ": ", at.node.scalar, ", ...}") : "")) {
    return std::nullopt;
  }
  const std::string path = join_path(at.path, tag);
  const Node::Entry* entry = at.node.find(tag);
  if (entry == nullptr) {
    if (!at.type.tag_required) return 0;
    at.reader.complain(at.node.place, path, "is missing", concat("it must be ", either(names)));
    return std::nullopt;
  }
  at.reader.set_place(path, entry->value.place);
  if (entry->value.kind == Node::Kind::bad) {
    at.reader.mark_wrong(path);
    return std::nullopt;
  }
  return read_choice({at.reader, entry->value, at.type, path}, names);
}

void read_alternative(const At& at, std::size_t alternative, void* object) {
  at.reader.read_section(*at.type.alternatives[alternative].section, at.node, at.path, object,
                         {&at.type, alternative});
}

void read_struct(const At& at, void* object) {
  if (check_map(at)) at.reader.read_section(*at.type.section, at.node, at.path, object, {});
}

Node write_section(const Section& section, const void* object, Form form) {
  Node node;
  node.kind = Node::Kind::map;
  for (const Key& key : section.keys) {
    if (form == Form::deciding && !key.decides_bits) continue;
    if (key.only_when && !key.only_when->holds(object)) continue;
    node.entries.push_back({key.name, {}, key.write(object, key.type, form)});
  }
  return node;
}

Node write_alternative(const Type& type, std::size_t alternative, const void* object, Form form) {
  const Alternative& chosen = type.alternatives[alternative];
  Node node = write_section(*chosen.section, object, form);
  node.entries.insert(node.entries.begin(), {type.tag, {}, Node::text(chosen.name)});
  return node;
}

void read_scalar(const At& at, bool& value) {
  const std::string& text = at.node.scalar;
  if (at.node.kind == Node::Kind::plain && (text == "true" || text == "false")) {
    value = text == "true";
    return;
  }
  complain_type(at, "true or false", bool_hint(text));
}

Node write_scalar(bool value) { return Node::plain(value ? "true" : "false"); }

void read_scalar(const At& at, double& value) {
  const auto number =
      at.node.kind == Node::Kind::plain ? number_in(at.node.scalar) : std::optional<double>{};
  if (!number) {
    complain_type(at, "a number");
  } else if (!at.type.limits.hold(*number)) {
    at.complain(concat("must be ", at.type.limits.in_words(), ", got ", at.node.scalar));
  } else {
    value = *number;
  }
}

Node write_scalar(double value) { return Node::plain(shortest(value)); }

void read_scalar(const At& at, std::string& value) {
  if (!at.node.is_scalar()) {
    complain_type(at, "text");
  } else if (at.type.word && !at.type.word->matches(at.node.scalar)) {
    at.complain(concat("must be ", at.type.word->in_words, ", got ", in_words(at.node)));
  } else {
    value = at.node.scalar;
  }
}

Node write_scalar(const std::string& value) { return Node::text(value); }

void read_scalar(const At& at, std::filesystem::path& value) {
  if (!at.node.is_scalar() || at.node.scalar.empty()) {
    complain_type(at, "a path", "write the name of a file or folder");
  } else {
    value = at.reader.absolute_path(at.node.place, at.node.scalar);
  }
}

Node write_scalar(const std::filesystem::path& value) { return Node::text(value.string()); }

void read_scalar(const At& at, std::chrono::nanoseconds& value) {
  const auto time = read_quantity(at, "a length of time",
                                  "write a number and a unit (ms, s, min or h), for example 30s",
                                  [](std::string_view text) { return parse_time(text); });
  if (time) value = *time;
}

Node write_scalar(std::chrono::nanoseconds value) { return Node::text(time_to_string(value)); }

void read_scalar(const At& at, Duration& value) {
  const auto duration = read_quantity(at, "a duration", unit_hint(at.type, "10ep"),
                                      [](std::string_view text) { return parse_duration(text); });
  if (duration && unit_allowed(at, *duration)) value = *duration;
}

Node write_scalar(const Duration& value) { return Node::text(to_string(value)); }

void read_scalar(const At& at, Span& value) {
  const auto span = read_quantity(at, "a duration or a share", unit_hint(at.type, "5%"),
                                  [](std::string_view text) { return parse_span(text); });
  const bool is_share = span && span->kind == Span::Kind::share;
  if (span && (is_share || unit_allowed(at, span->duration))) value = *span;
}

Node write_scalar(const Span& value) { return Node::text(to_string(value)); }

}  // namespace muster::config
