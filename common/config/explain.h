// What a key means, from the same schema that parses it.
#pragma once

#include <string>
#include <vector>

namespace muster::config {

struct Key;
struct Section;

struct Explanation {
  std::string key;    // "optimizer.lr"; of a choice: "model[convnet].channels".
  std::string type;   // "number", "integer", "text", "duration", "list of integers", "section"...
  std::string range;  // "above 0", "one of: cpu"; may be empty.
  std::string fallback;  // Its default as it would be written, or "required", or what decides it.
  std::string meaning;   // One or two sentences.
};

/// Everything at or below `key` ("", "optimizer", "optimizer.lr", "model.channels"): the key itself
/// first. Empty when there is no such key: suggest() then helps.
std::vector<Explanation> explain(const std::string& key);

/// What is said about one key of section `holder`.
Explanation explanation_of(const Key& key, const Section& holder, const std::string& path);

/// The existing key nearest to a misspelt one; may be empty.
std::string suggest(const std::string& key);

}  // namespace muster::config
