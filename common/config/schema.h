// The schema: every key of an experiment with its type, range, default and meaning, as data.
//
// It is declared once, by the describe() functions (describe.h says how), and read by everything
// that has to know about keys: the reader (reader.h), the writer (writer.h), `muster explain`
// (explain.h) and whoever generates a reference or a JSON Schema. Nothing about a key stands
// anywhere else.
//
// Values are reached through `void*` to the struct that the section describes; only fields.h, which
// knows the types, makes those functions.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/node.h"
#include "common/units.h"

namespace muster::config {

class Check;
struct At;
struct Section;

/// Which keys a writer wants.
enum class Form {
  complete,  // All of them.
  deciding,  // Only those that can change a bit of the result.
};

/// Bounds of a number.
struct Limits {
  std::optional<double> at_least;
  std::optional<double> above;
  std::optional<double> at_most;
  std::optional<double> below;

  /// Exact for every double and every 64-bit integer.
  bool hold(long double value) const;
  /// "at least 1", "from 1 to 1024", "above 0, at most 1"; empty without bounds.
  std::string in_words() const;
};

/// A text of one word: sets of characters as in a regular expression, "A-Za-z0-9._-".
struct Word {
  std::string first;  // Its first character.
  std::string rest;   // The others.
  std::size_t longest = 0;
  std::string in_words;

  bool matches(std::string_view text) const;
  /// The same as a regular expression (ECMAScript, of the whole text).
  std::string pattern() const;
};

/// One of the things that a tagged section can be.
struct Alternative {
  std::string name;
  std::shared_ptr<const Section> section;
};

/// What may be written as a value.
struct Type {
  enum class Kind {
    boolean,
    integer,
    number,
    text,
    path,
    choice,    // One of `choices`.
    duration,  // A number and one of `units`.
    span,      // The same, or a share: "5%".
    time,      // "30s"
    list,      // Of `element`.
    map,       // Any keys, values of `element`.
    section,   // The keys of `section`.
    tagged,  // The key `tag` picks one of `alternatives`; the other keys are those of its section.
  };

  Kind kind = Kind::text;
  bool nullable = false;  // `null` is allowed and means "not given".
  Limits limits;
  std::optional<Word> word;  // Text: what it must look like.
  std::vector<std::string> choices;
  std::vector<Duration::Unit> units;
  std::size_t items_min = 0;
  std::optional<std::size_t> items_max;
  std::string items_in_words;  // "[channels, height, width]"; may be empty.
  bool item_alone = false;     // List: one item may be written without brackets.
  std::shared_ptr<Type> element;
  std::shared_ptr<const Section> section;
  std::string tag;
  bool tag_required = true;  // Otherwise the first alternative is the default.
  std::vector<Alternative> alternatives;
};

/// "integer", "list of numbers", "section (by name)".
std::string type_in_words(const Type& type);

/// "above 0", "one of: cpu", "in ep, steps or samples"; empty when everything of the type is
/// allowed.
std::string range_in_words(const Type& type);

/// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& words);

/// "ep, steps or samples", with "or %" for spans.
std::string units_in_words(const Type& type);

struct Key {
  /// A key that makes sense only with certain values of others.
  struct Condition {
    std::function<bool(const void* object)> holds;
    std::string in_words;  // Completes "KEY ...": "needs data.eval".
  };

  std::string name;
  std::string meaning;  // One or two sentences.
  bool required = false;
  std::string example;       // A value as it is written; every required key has one.
  std::string fallback;      // What decides when it is not given; empty: its default does.
  bool decides_bits = true;  // Part of the config hash.
  std::vector<std::string> also_called;  // Names of the same thing elsewhere, for suggestions.
  std::vector<std::string> opposites;    // Of a truth value: names of its opposite elsewhere.
  std::optional<Condition> only_when;
  Type type;

  /// Into the field of this key in `object`, with complaints.
  std::function<void(const At& at, void* object)> read;
  std::function<Node(const void* object, const Type& type, Form form)> write;
};

struct Section {
  std::string summary;  // Of an alternative: what it is, in one sentence.
  std::vector<Key> keys;
  /// Combinations of keys. Called after reading, also when some keys were wrong: a check compares
  /// values that are at least defined, and Check drops complaints about keys that are wrong
  /// already.
  std::vector<std::function<void(const void* object, const Check& check)>> checks;
  std::shared_ptr<const void> defaults;  // A default-constructed object.

  const Key* find(std::string_view name) const;
};

/// The section of the whole file, for an Experiment.
const Section& experiment_schema();

}  // namespace muster::config
