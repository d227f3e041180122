#include "common/config/reader.h"

#include <algorithm>

#include "common/config/catalog.h"
#include "common/text.h"

namespace muster::config {
namespace {

/// `inner` is `outer` or something below it.
bool is_within(const std::string& inner, const std::string& outer) {
  if (outer.empty() || !inner.starts_with(outer)) return outer.empty();
  return inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[';
}

/// Null stands for "empty" there: a section whose keys are all commented out reads as null.
bool may_be_empty(const Type& type) {
  return type.kind == Type::Kind::section || type.kind == Type::Kind::map ||
         (type.kind == Type::Kind::tagged && !type.tag_required);
}

std::string missing_hint(const Key& key) {
  return key.example.empty() ? std::string{}
                             : concat("for example '", key.name, ": ", key.example, "'");
}

/// The alternative that does have key `name`; empty when none has.
std::string owner_of(const Type& type, const std::string& name) {
  for (const Alternative& alternative : type.alternatives) {
    if (alternative.section->find(name) != nullptr) return alternative.name;
  }
  return {};
}

}  // namespace

void At::complain(const std::string& message, std::string hint) const {
  reader.complain(node.place, path, message, std::move(hint));
}

void Reader::complain(Place place, const std::string& path, const std::string& message,
                      std::string hint) {
  mark_wrong(path);
  complaints_.add(place, concat(path, path.empty() ? "" : " ", message), std::move(hint));
}

void Reader::read_value(const Key& key, const Node::Entry& entry, const std::string& path,
                        void* object) {
  set_place(path, entry.value.place);
  if (entry.value.kind == Node::Kind::bad) {
    mark_wrong(path);
    return;
  }
  const At at{*this, entry.value, key.type, path};
  if (entry.value.kind == Node::Kind::null && !key.type.nullable && !may_be_empty(key.type)) {
    at.complain("has no value", missing_hint(key));
    return;
  }
  key.read(at, object);
}

void Reader::read_section(const Section& section, const Node& node, const std::string& path,
                          void* object, const Chosen& chosen) {
  const std::string tag = chosen.type == nullptr ? "" : chosen.type->tag;
  for (const Node::Entry& entry : node.entries) {
    if (complaints_.full()) return;
    if (!tag.empty() && entry.key == tag) continue;
    const Key* key = section.find(entry.key);
    if (key == nullptr) {
      complain_unknown(section, node, entry, path, chosen);
    } else {
      read_value(*key, entry, join_path(path, entry.key), object);
    }
  }
  for (const Key& key : section.keys) {
    const std::string key_path = join_path(path, key.name);
    if (key.required && node.find(key.name) == nullptr) {
      mark_wrong(key_path);
      complaints_.add(node.place, concat("missing key '", key_path, "'"), missing_hint(key));
    }
  }
  const Check check(*this, path);
  for (const Key& key : section.keys) {
    const Node::Entry* entry = key.only_when ? node.find(key.name) : nullptr;
    const bool is_given = entry != nullptr && entry->value.kind != Node::Kind::null;
    if (is_given && !key.only_when->holds(object)) {
      check.complain({key.name}, key.only_when->in_words);
    }
  }
  for (const auto& run : section.checks) run(object, check);
}

void Reader::complain_unknown(const Section& section, const Node& node, const Node::Entry& entry,
                              const std::string& path, const Chosen& chosen) {
  const std::string& name = entry.key;
  std::string where = path.empty() ? "" : concat(" in '", path, "'");
  std::string hint;
  if (chosen.type != nullptr) {
    const std::string& alternative = chosen.type->alternatives[chosen.alternative].name;
    where = concat(" of ", path, " '", alternative, "'");
    const std::string owner = owner_of(*chosen.type, name);
    if (!owner.empty()) {
      hint = concat("it is a key of '", owner, "'");
      const Node::Entry* tag = node.find(chosen.type->tag);
      if (tag != nullptr && tag->place.in_override && !entry.place.in_override) {
        hint += concat("; to change the ", path, " give all of it: ", path, "={", chosen.type->tag,
                       ": ", alternative, ", ...}");
      }
    }
  }
  if (hint.empty()) hint = suggestion_for(section, name, path);
  mark_wrong(join_path(path, name));
  complaints_.add(entry.place, concat("unknown key '", name, "'", where), std::move(hint));
}

Place Reader::place_of(std::string path) const { return nearest_place(places_, std::move(path)); }

bool Reader::is_wrong(const std::string& path) const {
  return std::any_of(wrong_.begin(), wrong_.end(), [&](const std::string& wrong) {
    return is_within(wrong, path) || is_within(path, wrong);
  });
}

std::filesystem::path Reader::absolute_path(const Place& place, const std::string& text) const {
  const std::filesystem::path path(text);
  if (path.is_absolute()) return path.lexically_normal();
  if (!place.in_override) return (base_ / path).lexically_normal();
  std::error_code ignored;  // Without a working directory the path stays as it is.
  const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  return (absolute.empty() ? path : absolute).lexically_normal();
}

void Check::complain(const std::vector<std::string>& keys, const std::string& message,
                     std::string hint) const {
  if (reader_.is_full()) return;
  for (const std::string& key : keys) {
    if (reader_.is_wrong(join_path(path_, key))) return;
  }
  const std::string path = join_path(path_, keys.front());
  reader_.complain(reader_.place_of(path), path, message, std::move(hint));
}

std::string join_path(const std::string& section, const std::string& key) {
  return section.empty() ? key : section + "." + key;
}

Place nearest_place(const std::map<std::string, Place>& places, std::string path) {
  for (;;) {
    const auto found = places.find(path);
    if (found != places.end()) return found->second;
    if (path.empty()) return {};
    const std::size_t end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
}

}  // namespace muster::config
