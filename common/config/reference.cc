#include "common/config/reference.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "common/config/explain.h"
#include "common/config/schema.h"
#include "common/text.h"

namespace muster::config {
namespace {

constexpr const char* kIntroduction =
    R"(<!-- Written by `muster explain --markdown`, from the schema that also reads the file. -->
# The experiment file

An experiment is a YAML file that says what to train, on what, and how. `muster validate EXP.yaml` checks it,
`muster explain KEY` prints the entry of a key from this page, and `key=value` on the command line overrides any
key: `muster run EXP.yaml optimizer.lr=1e-3 'model.hidden=[64, 64]'`.

## How values are written

- **Durations** are a number and a unit: `10ep` (epochs), `500steps`, `64000samples`. A **share** such as `5%` is of
  the training's duration. **Lengths of time** are `500ms`, `30s`, `10min`, `2h`.
- **Paths** start at the folder of the experiment file; on the command line, at the working directory.
- `null` means "not given", where that is allowed. The keys of a section can be left out altogether.
- What is written is taken as written: nothing is guessed from `on`, `010` or `1e3`. Unknown and duplicate keys, YAML
  aliases and tags are errors; all errors are reported at once, each with its place.
- Where a section has a key like `name` or `format`, that key decides which other keys the section has.

## In an editor

A JSON Schema of this file lets editors complete keys, show what they mean, and mark errors while you type:

```sh
muster explain --json-schema > experiment.schema.json     # the same as docs/experiment.schema.json
```

Editors with the YAML language server (VS Code with the YAML extension, Neovim, Emacs, JetBrains) take it from the
first line of the experiment; the path starts at the experiment's own folder:

```yaml
# yaml-language-server: $schema=experiment.schema.json
```

The schema knows keys, types, ranges and units. Combinations of keys that do not go together are found by
`muster validate`.
)";

/// As GitHub makes it from a heading.
std::string anchor(const std::string& heading) {
  std::string made;
  for (const char c : heading) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
      made += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (c == ' ') {
      made += '-';
    }
  }
  return made;
}

/// Text that Markdown leaves alone, also in a table.
std::string escaped(const std::string& text) {
  std::string made;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '[' || c == ']') made += '\\';
    made += c;
  }
  return made;
}

/// The section that stands at a key, or in the items of its list or map.
const Type& innermost(const Type& type) { return type.element ? innermost(*type.element) : type; }

bool has_keys(const Type& type) {
  const Type::Kind kind = innermost(type).kind;
  return kind == Type::Kind::section || kind == Type::Kind::tagged;
}

class Writer {
 public:
  std::string whole(const Section& section) {
    text_ = concat(kIntroduction, "\n## The least\n\n```yaml\n");
    for (const Key& key : section.keys) {
      if (key.required) text_ += concat(key.name, ": ", key.example, "\n");
    }
    text_ += "```\n\n## All keys\n\n";
    write_section(section, "");
    return text_;
  }

 private:
  /// A table of the keys, then what is below them.
  void write_section(const Section& section, const std::string& path) {
    if (!section.keys.empty()) text_ += "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const Key& key : section.keys) write_row(key, section, join_to(path, key.name));
    for (const Key& key : section.keys) {
      if (has_keys(key.type)) write_below(key, join_to(path, key.name));
    }
  }

  void write_row(const Key& key, const Section& holder, const std::string& path) {
    const Explanation said = explanation_of(key, holder, path);
    std::string value = escaped(said.type);
    if (has_keys(key.type)) value = concat("[", value, "](#", anchor(path), ")");
    if (!said.range.empty()) value += concat(", ", escaped(said.range));
    std::string meaning = escaped(key.meaning);
    if (key.only_when) meaning += concat(" It ", escaped(key.only_when->in_words), ".");
    text_ += concat("| `", key.name, "` | ", value, " | ", default_of(key, said), " | ", meaning,
                    " |\n");
  }

  static std::string default_of(const Key& key, const Explanation& said) {
    if (key.required) return "**required**";
    if (!key.fallback.empty() || said.fallback.empty()) return escaped(said.fallback);
    return concat("`", said.fallback, "`");
  }

  void write_below(const Key& key, const std::string& path) {
    const Type& type = innermost(key.type);
    text_ += concat("\n### ", path, "\n\n", escaped(key.meaning), "\n\n");
    if (type.kind == Type::Kind::section) return write_section(*type.section, path);

    const Section* first = type.alternatives.front().section.get();
    const auto known = documented_.find(first);
    const std::string& tag = type.tag;
    if (known != documented_.end()) {
      text_ += concat("It has the keys of [", known->second, "](#", anchor(known->second), ").\n");
      return;
    }
    documented_[first] = path;
    text_ += concat("| `", tag, "` | |\n|---|---|\n");
    for (const Alternative& alternative : type.alternatives) {
      const bool is_default = !type.tag_required && &alternative == &type.alternatives.front();
      text_ += concat("| [`", alternative.name, "`](#", anchor(title(path, tag, alternative)), ")",
                      is_default ? " (default)" : "", " | ", escaped(alternative.section->summary),
                      " |\n");
    }
    for (const Alternative& alternative : type.alternatives) {
      text_ += concat("\n#### ", title(path, tag, alternative), "\n\n",
                      escaped(alternative.section->summary), "\n\n");
      if (alternative.section->keys.empty()) text_ += "It has no other keys.\n";
      write_section(*alternative.section, path);
    }
  }

  static std::string title(const std::string& path, const std::string& tag,
                           const Alternative& alternative) {
    return concat(path, " with ", tag, " ", alternative.name);
  }

  static std::string join_to(const std::string& path, const std::string& name) {
    return path.empty() ? name : concat(path, ".", name);
  }

  std::map<const Section*, std::string> documented_;  // First alternative -> where it is.
  std::string text_;
};

}  // namespace

std::string experiment_reference() { return Writer().whole(experiment_schema()); }

}  // namespace muster::config
