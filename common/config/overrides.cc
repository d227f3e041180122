#include "common/config/overrides.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "common/config/utf8.h"
#include "common/config/yaml_reader.h"
#include "common/text.h"

namespace muster::config {
namespace {

/// One step of a path: a key, or the index of a list item.
struct Step {
  std::string key;
  std::optional<std::size_t> index;
  Place place;
  std::string path;  // Up to and including this step.
};

/// An override that is being read: its number (from 1) and where to complain.
struct Argument {
  int number;
  std::string_view text;
  Complaints& complaints;

  Place place(std::size_t byte) const {
    return {true, number, static_cast<int>(characters(text.substr(0, byte))) + 1};
  }
};

std::optional<std::size_t> parse_index(std::string_view digits) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return index;
}

/// "a.b[0].c" as steps; nothing after a complaint.
std::optional<std::vector<Step>> parse_path(const Argument& argument, std::string_view path) {
  std::vector<Step> steps;
  const auto refuse = [&](std::size_t at, std::string_view what) {
    argument.complaints.add(argument.place(at), concat(what, " in '", path, "'"),
                            "write section.key=value, or list[0]=value for an item");
    return std::nullopt;
  };
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    if (end == at) return refuse(at, "a name is missing");
    steps.push_back({std::string(path.substr(at, end - at)),
                     {},
                     argument.place(at),
                     std::string(path.substr(0, end))});
    at = end;
    while (at < path.size() && path[at] == '[') {
      const std::size_t close = path.find(']', at);
      if (close == std::string_view::npos) return refuse(at, "a ']' is missing");
      const auto index = parse_index(path.substr(at + 1, close - at - 1));
      if (!index) return refuse(at, "an index that is not a number from 0");
      steps.push_back({{}, index, argument.place(at), std::string(path.substr(0, close + 1))});
      at = close + 1;
    }
    if (at < path.size() && path[at] != '.') return refuse(at, "a '.' is missing");
    ++at;
  }
  return steps;
}

/// The child of `node` that `step` leads to, made when missing; null after a complaint.
Node* descend(Node& node, const Step& step, const std::string& parent, const Argument& argument) {
  if (node.kind == Node::Kind::bad) return nullptr;  // Complained about in the file.
  if (step.index) {
    if (node.kind != Node::Kind::list) {
      argument.complaints.add(
          step.place, concat(parent, " is no list", node.kind == Node::Kind::null ? " yet" : ""),
          concat("give all of it: ", parent, "=[...]"));
      if (node.kind == Node::Kind::null) node.kind = Node::Kind::bad;
      return nullptr;
    }
    if (*step.index > node.items.size()) {
      argument.complaints.add(step.place, concat(parent, " has ", node.items.size(), " items"),
                              concat("the next one is ", parent, "[", node.items.size(), "]"));
      return nullptr;
    }
    if (*step.index == node.items.size()) node.items.emplace_back().place = step.place;
    return &node.items[*step.index];
  }
  if (node.kind == Node::Kind::null) node.kind = Node::Kind::map;
  if (node.kind != Node::Kind::map) {
    argument.complaints.add(step.place, concat(parent, " has no keys: it is ", in_words(node)));
    return nullptr;
  }
  if (Node::Entry* entry = node.find(step.key)) return &entry->value;
  Node::Entry& entry = node.entries.emplace_back();
  entry.key = step.key;
  entry.place = step.place;
  entry.value.place = step.place;
  return &entry.value;
}

void set(Node& root, const std::vector<Step>& steps, Node value, const Argument& argument) {
  Node* node = &root;
  Node* parent = nullptr;
  std::string path;
  for (const Step& step : steps) {
    parent = node;
    node = descend(*node, step, path, argument);
    if (node == nullptr) return;
    path = step.path;
  }
  const Step& last = steps.back();
  if (value.kind == Node::Kind::null) value.place = last.place;
  *node = std::move(value);
  if (!last.index) parent->find(last.key)->place = last.place;
}

/// Overrides by their path, in the order in which they were given.
using Given = std::vector<std::pair<std::string, const Argument*>>;

/// True when setting `outer` replaces what was set at `inner`.
bool contains(const std::string& outer, const std::string& inner) {
  return inner.starts_with(outer) &&
         (inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[');
}

/// False after a complaint: an earlier override would be lost without a word.
bool is_first(const Argument& argument, const std::string& path, const Given& given) {
  for (const auto& [earlier_path, earlier] : given) {
    if (!contains(path, earlier_path)) continue;
    argument.complaints.add(argument.place(0),
                            concat("'", argument.text, "' and '", earlier->text, "' (override ",
                                   earlier->number, ") both set ", path),
                            "leave one of them out");
    return false;
  }
  return true;
}

void apply(const Argument& argument, Node& root, Given& given) {
  const std::string_view text = argument.text;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    argument.complaints.add(argument.place(0), concat("'", text, "' is no override"),
                            "write key=value, for example optimizer.lr=1e-3");
    return;
  }
  if (first_bad_byte(text) || text.find_first_of("\r\n") != std::string_view::npos) {
    argument.complaints.add(argument.place(0), "an override must be one line of UTF-8 text");
    return;
  }
  const auto steps = parse_path(argument, text.substr(0, equals));
  const std::string value(text.substr(equals + 1));
  if (value.find_first_not_of(" \t") == std::string::npos) {
    argument.complaints.add(argument.place(equals), concat("'", text, "' has no value"),
                            "write null for no value, '\"\"' for empty text");
    return;
  }
  const Origin origin{argument.number, argument.place(equals + 1).column};
  const auto node = read_yaml(value, origin, argument.complaints);
  if (!steps || !node || !is_first(argument, steps->back().path, given)) return;
  given.emplace_back(steps->back().path, &argument);
  set(root, *steps, *node, argument);
}

}  // namespace

void apply_overrides(const std::vector<std::string>& overrides, Node& root,
                     Complaints& complaints) {
  std::vector<Argument> arguments;
  for (const std::string& text : overrides) {
    arguments.push_back({static_cast<int>(arguments.size()) + 1, text, complaints});
  }
  Given given;
  for (const Argument& argument : arguments) apply(argument, root, given);
}

}  // namespace muster::config
