#include "common/config/catalog.h"

#include <algorithm>
#include <initializer_list>

#include "common/config/reader.h"
#include "common/text.h"

namespace muster::config {
namespace {

void add_section(const Section& section, const std::string& prefix,
                 std::vector<CatalogEntry>& entries);

void add_type(const Type& type, const Key& key, const Section& holder, const std::string& path,
              std::vector<CatalogEntry>& entries) {
  using What = CatalogEntry::What;
  if (type.kind == Type::Kind::section) {
    add_section(*type.section, path, entries);
  } else if (type.kind == Type::Kind::tagged) {
    entries.push_back({What::tag, path + "." + type.tag, &key, &holder, nullptr});
    for (const Alternative& alternative : type.alternatives) {
      const std::string inside = concat(path, "[", alternative.name, "]");
      entries.push_back({What::alternative, inside, &key, &holder, &alternative});
      add_section(*alternative.section, inside, entries);
    }
  } else if (type.kind == Type::Kind::map) {
    add_type(*type.element, key, holder, path + ".*", entries);
  } else if (type.kind == Type::Kind::list) {
    add_type(*type.element, key, holder, path + "[]", entries);
  }
}

void add_section(const Section& section, const std::string& prefix,
                 std::vector<CatalogEntry>& entries) {
  for (const Key& key : section.keys) {
    const std::string path = join_path(prefix, key.name);
    entries.push_back({CatalogEntry::What::key, path, &key, &section, nullptr});
    add_type(key.type, key, section, path, entries);
  }
}

std::string_view last_part(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

/// A name by which a path can be found: its last part, or what it is called elsewhere.
struct Name {
  std::string name;
  std::string path;  // Plain.
};

const std::vector<Name>& names_of_paths() {
  static const std::vector<Name> names = [] {
    std::vector<Name> made;
    for (const CatalogEntry& entry : experiment_catalog()) {
      if (entry.what == CatalogEntry::What::alternative) continue;
      const std::string path = plain_path(entry.path);
      made.push_back({std::string(last_part(path)), path});
      if (entry.what == CatalogEntry::What::tag) continue;
      for (const std::string& other : entry.key->also_called) made.push_back({other, path});
    }
    return made;
  }();
  return names;
}

/// The path that goes by exactly this name; empty for none.
std::string path_named(std::string_view name) {
  for (const Name& candidate : names_of_paths()) {
    if (candidate.name == name) return candidate.path;
  }
  return {};
}

/// The path that goes by a name like `wrong`; empty for none.
std::string path_called(std::string_view wrong) {
  std::vector<std::string> names;
  for (const Name& candidate : names_of_paths()) names.push_back(candidate.name);
  return path_named(nearest_word(wrong, names));
}

/// The key of `section` that is called exactly `name` elsewhere; empty for none.
std::string key_also_called(const Section& section, std::string_view name) {
  for (const Key& key : section.keys) {
    const auto& names = key.also_called;
    if (std::find(names.begin(), names.end(), name) != names.end()) return key.name;
  }
  return {};
}

/// The key of `section` that says the opposite of what is called `name` elsewhere; null for none.
const Key* opposite_of(const Section& section, std::string_view name) {
  for (const Key& key : section.keys) {
    const auto& names = key.opposites;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &key;
  }
  return nullptr;
}

/// The key of `section` whose name or other name is like `wrong`; empty for none.
std::string key_called(const Section& section, std::string_view wrong) {
  std::vector<std::string> names;
  for (const Key& key : section.keys) {
    names.push_back(key.name);
    names.insert(names.end(), key.also_called.begin(), key.also_called.end());
  }
  const std::string near = nearest_word(wrong, names);
  return section.find(near) != nullptr ? near : key_also_called(section, near);
}

/// The first that is not empty.
std::string first_of(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace

std::vector<CatalogEntry> catalog_of(const Section& section) {
  std::vector<CatalogEntry> entries;
  add_section(section, "", entries);
  return entries;
}

const std::vector<CatalogEntry>& experiment_catalog() {
  static const std::vector<CatalogEntry> catalog = catalog_of(experiment_schema());
  return catalog;
}

std::string plain_path(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    if (c == '[') inside = true;
    if (!inside) plain += c;
    if (c == ']') inside = false;
  }
  return plain;
}

std::string suggestion_for(const Section& section, std::string_view name, std::string_view path) {
  if (const Key* key = opposite_of(section, name)) {
    return concat("'", name, ": false' is '", key->name, ": true'");
  }
  // What is right somewhere weighs more than what only looks similar here: `lr` at the top is
  // optimizer.lr, not lr_scheduler.
  const std::string near = first_of({key_also_called(section, name), path_named(name),
                                     key_called(section, name), path_called(name)});
  if (near == name) return "it stands at the top, outside of all sections";
  if (!near.empty()) return concat("did you mean '", near, "'?");
  std::vector<std::string> keys;
  for (const Key& key : section.keys) keys.push_back(key.name);
  if (keys.empty()) return {};
  return concat(path.empty() ? "keys of an experiment: " : "keys here: ", join(keys, ", "));
}

std::string nearest_path(std::string_view wrong) {
  const std::string plain = plain_path(wrong);
  std::vector<std::string> paths;
  for (const CatalogEntry& entry : experiment_catalog()) paths.push_back(plain_path(entry.path));
  return first_of(
      {path_named(last_part(plain)), nearest_word(plain, paths), path_called(last_part(plain))});
}

}  // namespace muster::config
