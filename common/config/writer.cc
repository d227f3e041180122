#include "common/config/writer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/text.h"

namespace muster::config {
namespace {

/// Text in double quotes; what JSON escapes, YAML reads.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_plain_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || std::string_view("_/.%+-").find(c) != std::string_view::npos;
}

/// Every YAML reader takes it for the text that it is, with or without quotes.
bool is_plain_text(const std::string& text) {
  constexpr std::array kWords = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text.empty() || std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return false;
  if (!std::all_of(text.begin(), text.end(), is_plain_character)) return false;
  const auto first = static_cast<unsigned char>(text.front());
  if (std::isalpha(first) != 0 || first == '_' || first == '/') return true;
  // "10ep", "5%", "30s"; but not "12", "1e5", "0x1f", "2026-01-31".
  const auto last = static_cast<unsigned char>(text.back());
  return std::isdigit(first) != 0 && (std::isalpha(last) != 0 || last == '%') &&
         text.find('x') == std::string::npos;
}

std::string scalar_text(const Node& node) {
  if (node.kind == Node::Kind::plain) return node.scalar;
  if (node.kind == Node::Kind::text) {
    return is_plain_text(node.scalar) ? node.scalar : quoted(node.scalar);
  }
  return "null";
}

std::string key_text(const std::string& key) { return is_plain_text(key) ? key : quoted(key); }

void write_block(const Node& node, const std::string& indent, std::string& out) {
  for (const Node::Entry& entry : node.entries) {
    out += concat(indent, key_text(entry.key), ":");
    if (entry.value.kind == Node::Kind::map && !entry.value.entries.empty()) {
      out += '\n';
      write_block(entry.value, indent + "  ", out);
    } else {
      out += concat(" ", yaml_line(entry.value), "\n");
    }
  }
}

}  // namespace

std::string yaml_text(const Node& root) {
  std::string out;
  write_block(root, "", out);
  return out;
}

std::string yaml_line(const Node& node) {
  std::vector<std::string> parts;
  if (node.kind == Node::Kind::list) {
    for (const Node& item : node.items) parts.push_back(yaml_line(item));
    return concat("[", join(parts, ", "), "]");
  }
  if (node.kind == Node::Kind::map) {
    for (const Node::Entry& entry : node.entries) {
      parts.push_back(concat(key_text(entry.key), ": ", yaml_line(entry.value)));
    }
    return concat("{", join(parts, ", "), "}");
  }
  return scalar_text(node);
}

std::string json_text(const Node& node) {
  std::vector<std::string> parts;
  switch (node.kind) {
    case Node::Kind::list:
      for (const Node& item : node.items) parts.push_back(json_text(item));
      return concat("[", join(parts, ","), "]");
    case Node::Kind::map:
      for (const Node::Entry& entry : node.entries) {
        parts.push_back(concat(quoted(entry.key), ":", json_text(entry.value)));
      }
      return concat("{", join(parts, ","), "}");
    case Node::Kind::text:
      return quoted(node.scalar);
    case Node::Kind::plain:
      return node.scalar;
    case Node::Kind::null:
    case Node::Kind::bad:
      break;
  }
  return "null";
}

}  // namespace muster::config
