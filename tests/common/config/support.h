// A good experiment, ways to spoil it, and what is said about that.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/load.h"

namespace muster::config {

/// A good experiment, line by line: cases say which line they replace.
inline std::vector<std::string> good_lines() {
  return {
      "name: digits",                                                               // 1
      "model: {name: convnet, input: [1, 8, 8], channels: [32, 64], classes: 10}",  // 2
      "data:",                                                                      // 3
      "  train: {format: csv, files: [train.csv], label: -1}",                      // 4
      "  eval: {format: csv, files: [eval.csv], label: -1}",                        // 5
      "batch: {global: 128, lanes: 4}",                                             // 6
      "optimizer: {name: adamw, lr: 3.0e-3}",                                       // 7
      "duration: 10ep",                                                             // 8
      "cluster: {workers: 2}",                                                      // 9
  };
}

/// The good experiment with line `number` replaced by `text`; 10 adds it.
inline std::string with_line(std::size_t number, const std::string& text) {
  std::vector<std::string> lines = good_lines();
  lines.resize(std::max(number, lines.size()));
  lines[number - 1] = text;
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

inline std::string good() { return with_line(1, "name: digits"); }

inline std::vector<std::string> texts_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(diagnostic.text());
  return texts;
}

/// Where MUSTER_CASES names a file, every text and what was said about it becomes a line of it:
/// json_schema_test.py asks the JSON Schema about the same texts.
inline void record_case(const std::string& text, const LoadResult& result) {
  const char* file = std::getenv("MUSTER_CASES");
  if (file == nullptr) return;
  const nlohmann::json line = {{"text", text}, {"said", texts_of(result.diagnostics)}};
  std::ofstream(file, std::ios::app)
      << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

inline LoadResult parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  LoadResult result = parse_experiment(text, "e.yaml", "/base", overrides);
  if (overrides.empty()) record_case(text, result);
  return result;
}

/// What is said about `text`, places in it without the leading "e.yaml:".
inline std::vector<std::string> complaints(const std::string& text,
                                           const std::vector<std::string>& overrides = {}) {
  constexpr std::string_view kFile = "e.yaml:";
  std::vector<std::string> texts = texts_of(parse(text, overrides).diagnostics);
  for (std::string& said : texts) {
    const bool has_line = said.starts_with(kFile) && std::isdigit(said[kFile.size()]) != 0;
    if (has_line) said.erase(0, kFile.size());
  }
  return texts;
}

}  // namespace muster::config
