#include "common/config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <string_view>
#include <unordered_map>

#include "common/config/utf8.h"
#include "common/text.h"

namespace muster::config {
namespace {

constexpr const char* kNotPartOfAbove = "this does not belong to what is above it";
constexpr const char* kSameColumn = "the keys of one section start in the same column";

/// Thrown through yaml-cpp to end the parsing after a complaint.
struct Stop {};

/// The position of `mark`; of a mark that says nothing, the beginning.
Position position_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column)};
}

/// A text that begins with a quote has the one that closes it. (yaml-cpp takes the end of the file
/// for one when it comes after a line end.)
bool closes_quote(std::string_view text) {
  if (!text.starts_with('"') && !text.starts_with('\'')) return true;
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      const bool doubled = quote == '\'' && text.substr(at + 1).starts_with(quote);
      if (!doubled) return true;
      ++at;
    }
  }
  return false;
}

/// Builds the tree from events and complains about what is not allowed.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const TextPlaces& places, Complaints& complaints)
      : places_(places), complaints_(complaints) {}

  /// The place and bracket of the innermost [ or { that is still open; 0 for none.
  std::pair<Place, char> open_bracket() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (frame->bracket != '\0') return {frame->node.place, frame->bracket};
    }
    return {{}, '\0'};
  }
  std::optional<Node> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!root_) return;
    if (places_.text_from(position_of(mark)).starts_with("---")) {
      stop(mark, "a second document starts here", "an experiment is one document: remove '---'");
    }
    stop(mark, kNotPartOfAbove, kSameColumn);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(Node{.kind = Node::Kind::null,
             .place = places_.at(position_of(mark)),
             .scalar = {},
             .items = {},
             .entries = {}});
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    refuse_anchor(mark, concat("the anchor '&", name, "'"));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    const bool merged = !frames_.empty() && frames_.back().drops_value;
    if (!merged) refuse_anchor(mark, "a YAML alias ('*name')");
    add(Node{.kind = Node::Kind::bad,
             .place = places_.at(position_of(mark)),
             .scalar = {},
             .items = {},
             .entries = {}});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    if (tag == "!" && !closes_quote(places_.text_from(position_of(mark)))) {
      stop(mark, "a quoted text is not closed", "a quote is missing");
    }
    Node node = tag == "!" ? Node::text(value) : Node::plain(value);
    node.place = places_.at(position_of(mark));
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map that is not complete yet.
  struct Frame {
    Node node;
    char bracket = '\0';       // The [ or { that opened it; none for a block.
    bool expects_key = false;  // Maps: the next node is a key.
    bool drops_value = false;  // Maps: the present key was refused.
    std::unordered_map<std::string, Place> keys;
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string hint) {
    complaints_.add(places_.at(position_of(mark)), std::move(message), std::move(hint));
    throw Stop{};
  }
  void refuse_anchor(const YAML::Mark& mark, const std::string& what) {
    complaints_.add(places_.at(position_of(mark)), what + " is not allowed",
                    "write the value out wherever it is needed");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    const std::string shown =
        tag.starts_with(kStandard) ? "!!" + tag.substr(kStandard.size()) : tag;
    complaints_.add(places_.at(position_of(mark)),
                    concat("the YAML tag '", shown, "' is not allowed"),
                    "the key decides the type: leave the tag out");
  }

  void open(const YAML::Mark& mark, const std::string& tag, Node::Kind kind) {
    if (frames_.size() == kDeepestNesting) {
      stop(mark, concat("more than ", kDeepestNesting, " levels of nesting"), {});
    }
    refuse_tag(mark, tag);
    Frame& frame = frames_.emplace_back();
    frame.node.kind = kind;
    frame.node.place = places_.at(position_of(mark));
    const char bracket = kind == Node::Kind::list ? '[' : '{';
    if (places_.text_from(position_of(mark)).starts_with(bracket)) frame.bracket = bracket;
    frame.expects_key = kind == Node::Kind::map;
  }
  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(node));
    } else if (frame.expects_key) {
      add_key(frame, node);
      frame.expects_key = false;
    } else {
      add_value(frame, std::move(node));
      frame.expects_key = true;
    }
  }
  void add_key(Frame& frame, const Node& node) {
    frame.drops_value = true;
    if (node.kind == Node::Kind::bad) return;
    if (!node.is_scalar()) {
      complaints_.add(node.place, concat("a key must be a word, not ", in_words(node)));
      return;
    }
    if (node.kind == Node::Kind::plain && node.scalar == "<<") {
      complaints_.add(node.place, "the merge key '<<' is not allowed",
                      "write the keys out wherever they are needed");
      return;
    }
    const auto [first, is_new] = frame.keys.emplace(node.scalar, node.place);
    if (!is_new) {
      complaints_.add(node.place, concat("the key '", node.scalar, "' is given twice"),
                      concat("the first is at ", first->second.line, ":", first->second.column));
      return;
    }
    frame.drops_value = false;
    frame.node.entries.push_back({.key = node.scalar, .place = node.place, .value = {}});
  }
  void add_value(Frame& frame, Node node) {
    if (frame.drops_value) return;
    Node::Entry& entry = frame.node.entries.back();
    entry.value = std::move(node);
    // yaml-cpp puts a missing value at whatever comes next.
    if (entry.value.kind == Node::Kind::null) entry.value.place = entry.place;
  }

  const TextPlaces& places_;
  Complaints& complaints_;
  std::vector<Frame> frames_;
  std::optional<Node> root_;
};

/// A syntax error in words that say what to do; yaml-cpp's own where there are none better.
void complain_syntax(const YAML::ParserException& error, const TextPlaces& places,
                     const TreeBuilder& builder, Complaints& complaints) {
  const Place place = places.at(position_of(error.mark));
  const std::string_view text = error.msg;
  const auto [bracket_place, bracket] = builder.open_bracket();
  const bool bad_flow = text.starts_with("end of sequence flow") ||
                        text.starts_with("end of map flow") || text == "illegal flow end";
  if (const auto tab = places.tab_in_indentation(position_of(error.mark).line)) {
    complaints.add(*tab, "a tab in the indentation", "indent with spaces");
  } else if (bad_flow && bracket != '\0') {
    complaints.add(bracket_place, concat("this '", bracket, "' is not closed"),
                   concat("a '", bracket == '[' ? ']' : '}', "' is missing"));
  } else if (text == "end of map not found") {
    complaints.add(place, kNotPartOfAbove, kSameColumn);
  } else if (text == "illegal map value") {
    complaints.add(place, "a ':' that does not belong here",
                   "the keys of one section start in the same column; quote text that holds ': '");
  } else if (text == "illegal flow end") {
    complaints.add(place, "a closing bracket that was not opened");
  } else if (text == "illegal EOF in scalar") {
    complaints.add(place, "a quoted text is not closed", "a quote is missing");
  } else if (text == "illegal block entry") {
    complaints.add(place, "a '-' that does not belong here",
                   "write each list item on a line of its own, or [a, b]");
  } else if (text.find("anchor is not defined") != std::string_view::npos) {
    complaints.add(place, "a YAML alias ('*name') is not allowed",
                   "quote text that starts with '*'");
  } else if (text == "unknown token") {
    complaints.add(place, "a value that starts with a special character", "quote it");
  } else {
    complaints.add(place, concat("not valid YAML: ", text));
  }
}

}  // namespace

std::optional<Node> read_yaml(const std::string& text, const Origin& origin,
                              Complaints& complaints) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view body = text;
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const TextPlaces places(body, origin);
  if (const auto bad = first_bad_byte(body)) {
    complaints.add(places.at_byte(*bad), "a character that is not allowed",
                   "an experiment is UTF-8 text without control characters");
    return std::nullopt;
  }
  TreeBuilder builder(places, complaints);
  try {
    // With a line end at the end, every quote that is not closed shows at its beginning.
    std::istringstream stream(concat(body, body.ends_with('\n') ? "" : "\n"));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Stop&) {
  } catch (const YAML::ParserException& error) {
    complain_syntax(error, places, builder, complaints);
  } catch (const YAML::Exception& error) {
    complaints.add(places.at(position_of(error.mark)), concat("not valid YAML: ", error.msg));
  } catch (const std::exception& error) {  // Of its nesting guard, its string conversions, ...
    complaints.add(places.whole(), concat("not valid YAML: ", error.what()));
  }
  return std::nullopt;
}

}  // namespace muster::config
