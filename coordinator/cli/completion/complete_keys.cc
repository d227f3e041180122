#include "coordinator/cli/completion/complete_keys.h"

#include <algorithm>
#include <vector>

#include "common/config/catalog.h"
#include "common/text.h"

namespace muster::coordinator::cli::completion {
namespace {

using config::CatalogEntry;
using config::Type;

/// Keys as they are typed; those below a map, whose names are free, are left out.
struct TypedKey {
  std::string path;
  const CatalogEntry* entry = nullptr;
};

std::vector<TypedKey> typed_keys() {
  std::vector<TypedKey> keys;
  for (const CatalogEntry& entry : config::experiment_catalog()) {
    const std::string path = config::plain_path(entry.path);
    const bool is_free = path.find('*') != std::string::npos;
    const bool is_known = std::any_of(keys.begin(), keys.end(),
                                      [&](const TypedKey& key) { return key.path == path; });
    if (entry.what == CatalogEntry::What::alternative || is_free || is_known) continue;
    keys.push_back({path, &entry});
  }
  return keys;
}

bool has_keys_below(const TypedKey& key) {
  if (key.entry->what == CatalogEntry::What::tag) return false;
  const Type::Kind kind = key.entry->key->type.kind;
  return kind == Type::Kind::section || kind == Type::Kind::tagged;
}

/// The first sentence.
std::string short_meaning(const TypedKey& key) {
  if (key.entry->what == CatalogEntry::What::tag) return "Which one";
  const std::string& meaning = key.entry->key->meaning;
  return meaning.substr(0, meaning.find(". "));
}

/// True for a key that begins with `word` and has no more dots than it: one level at a time.
bool is_next(const std::string& path, const std::string& word) {
  return path.starts_with(word) && path.find('.', word.size()) == std::string::npos;
}

/// What may be written as a value where that is a short list.
std::vector<std::string> values_of(const TypedKey& key) {
  const Type& type = key.entry->key->type;
  if (key.entry->what == CatalogEntry::What::tag) {
    std::vector<std::string> names;
    for (const config::Alternative& alternative : type.alternatives) {
      names.push_back(alternative.name);
    }
    return names;
  }
  if (type.kind == Type::Kind::boolean) return {"true", "false"};
  return type.choices;
}

Completion complete_value(const std::string& word, std::size_t equals) {
  Completion completion;
  const std::string path = word.substr(0, equals);
  for (const TypedKey& key : typed_keys()) {
    if (key.path != path) continue;
    for (const std::string& value : values_of(key)) {
      const std::string text = concat(path, "=", value);
      if (text.starts_with(word)) completion.candidates.push_back({text, ""});
    }
  }
  return completion;
}

}  // namespace

Completion complete_key(const std::string& word) {
  Completion completion;
  for (const TypedKey& key : typed_keys()) {
    if (is_next(key.path, word)) completion.candidates.push_back({key.path, short_meaning(key)});
  }
  // A section that is typed in full can go on.
  if (completion.candidates.size() == 1 && completion.candidates.front().text == word) {
    Completion below = complete_key(word + ".");
    if (!below.candidates.empty()) return below;
  }
  return completion;
}

Completion complete_override(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals != std::string::npos) return complete_value(word, equals);
  Completion completion;
  completion.how = Completion::How::unfinished;
  for (const TypedKey& key : typed_keys()) {
    if (!is_next(key.path, word)) continue;
    completion.candidates.push_back(
        {key.path + (has_keys_below(key) ? "." : "="), short_meaning(key)});
  }
  return completion;
}

}  // namespace muster::coordinator::cli::completion
