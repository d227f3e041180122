// A YAML value before (or after) it has a type: the tree between text and schema.
//
// Reading: text -> Node -> Experiment. Writing: Experiment -> Node -> YAML or JSON. A scalar keeps
// the text as written; which type it has is the schema's business, so `on`, `010` and `null` mean
// what the key says, not what YAML guesses.
#pragma once

#include <string>
#include <vector>

#include "common/config/place.h"

namespace muster::config {

struct Node {
  enum class Kind {
    null,   // Nothing, `null` or `~`.
    plain,  // A scalar without quotes. When writing: a number or truth value.
    text,   // A scalar in quotes or a block (| or >). When writing: any text.
    list,
    map,
    bad,  // Something was complained about already: say no more.
  };
  struct Entry;

  Kind kind = Kind::null;
  Place place;  // Of the value; of a null in a map: of its key.
  std::string scalar;
  std::vector<Node> items;
  std::vector<Entry> entries;  // In the order of the file.

  bool is_scalar() const { return kind == Kind::plain || kind == Kind::text; }
  Entry* find(const std::string& key);
  const Entry* find(const std::string& key) const;

  static Node plain(std::string scalar);
  static Node text(std::string scalar);
};

struct Node::Entry {
  std::string key;
  Place place;  // Of the key.
  Node value;
};

/// How a complaint calls it: "'abc'", "the text \"12\"", "a list", "nothing".
std::string in_words(const Node& node);

}  // namespace muster::config
