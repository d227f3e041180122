#include "common/config/node.h"

#include <algorithm>

#include "common/text.h"

namespace muster::config {
namespace {

/// The beginning of a long text, cut between characters.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

}  // namespace

const Node::Entry* Node::find(const std::string& key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& candidate) { return candidate.key == key; });
  return entry == entries.end() ? nullptr : &*entry;
}

Node::Entry* Node::find(const std::string& key) {
  return const_cast<Entry*>(static_cast<const Node*>(this)->find(key));
}

Node Node::plain(std::string scalar) {
  return Node{
      .kind = Kind::plain, .place = {}, .scalar = std::move(scalar), .items = {}, .entries = {}};
}

Node Node::text(std::string scalar) {
  return Node{
      .kind = Kind::text, .place = {}, .scalar = std::move(scalar), .items = {}, .entries = {}};
}

std::string in_words(const Node& node) {
  switch (node.kind) {
    case Node::Kind::plain:
      return concat("'", shortened(on_one_line(node.scalar)), "'");
    case Node::Kind::text:
      return concat("the text \"", shortened(on_one_line(node.scalar)), "\"");
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a section";
    case Node::Kind::null:
    case Node::Kind::bad:
      break;
  }
  return "nothing";
}

}  // namespace muster::config
