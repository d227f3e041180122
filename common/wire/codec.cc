#include "common/wire/codec.h"

#include <array>
#include <concepts>
#include <type_traits>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::wire {
namespace {

using nlohmann::json;

/// Messages need two levels; the rest is room for keys of later versions.
constexpr int kDeepestMessage = 16;
constexpr std::size_t kPrefixBytes = 4;

// One list of keys per message, for both directions. `Of<Hello>` is Hello& or const Hello&.
template <class Given, class Wanted>
concept Of = std::same_as<std::remove_const_t<Given>, Wanted>;

template <Of<Hello> M>
void visit_members(M& message, auto&& visit) {
  visit("rank", message.rank);
  visit("world", message.world);
  visit("generation", message.generation);
  visit("host", message.host);
  visit("pid", message.pid);
  visit("version", message.version);
}

template <Of<Heartbeat> M>
void visit_members(M& message, auto&& visit) {
  visit("phase", message.phase);
  visit("step", message.step);
  visit("operations", message.operations);
}

template <Of<Restored> M>
void visit_members(M& message, auto&& visit) {
  visit("step", message.step);
  visit("source", message.source);
}

template <Of<MetricsLine> M>
void visit_members(M& message, auto&& visit) {
  visit("step", message.step);
  visit("epoch", message.epoch);
  visit("values", message.values);
}

template <Of<CheckpointWritten> M>
void visit_members(M& message, auto&& visit) {
  visit("step", message.step);
  visit("path", message.path);
  visit("model_sha256", message.model_sha256);
}

template <Of<CheckpointFailed> M>
void visit_members(M& message, auto&& visit) {
  visit("step", message.step);
  visit("reason", message.reason);
}

template <Of<Remark> M>
void visit_members(M& message, auto&& visit) {
  visit("text", message.text);
}

template <Of<Finished> M>
void visit_members(M& message, auto&& visit) {
  visit("stopped", message.stopped);
  visit("steps", message.steps);
  visit("epochs", message.epochs);
  visit("samples_seen", message.samples_seen);
  visit("eval", message.eval);
  visit("model_sha256", message.model_sha256);
  visit("training_samples", message.training_samples);
  visit("training_seconds", message.training_seconds);
  visit("snapshot_seconds", message.snapshot_seconds);
  visit("checkpoint_seconds", message.checkpoint_seconds);
}

template <Of<Failed> M>
void visit_members(M& message, auto&& visit) {
  visit("code", message.code);
  visit("message", message.message);
  visit("hint", message.hint);
  visit("step", message.step);
}

template <Of<Stop> M>
void visit_members(M& message, auto&& visit) {
  visit("reason", message.reason);
}

template <Of<Taken> M>
void visit_members(M& message, auto&& visit) {
  visit("messages", message.messages);
}

template <Of<Replaced> M>
void visit_members(M& message, auto&& visit) {
  visit("generation", message.generation);
}

/// Names of the alternatives of Message, in their order.
constexpr std::array<std::string_view, std::variant_size_v<Message>> kTypes = {"hello",
                                                                               "heartbeat",
                                                                               "restored",
                                                                               "metrics",
                                                                               "checkpoint_written",
                                                                               "checkpoint_failed",
                                                                               "remark",
                                                                               "finished",
                                                                               "failed",
                                                                               "stop",
                                                                               "taken",
                                                                               "replaced"};

class Writer {
 public:
  explicit Writer(json& object) : object_(object) {}

  void operator()(const char* key, const Phase& phase) const { object_[key] = to_string(phase); }
  void operator()(const char* key, const auto& value) const { object_[key] = value; }

 private:
  json& object_;
};

class Reader : public JsonReader {
 public:
  explicit Reader(const json& object) : JsonReader(object, ErrorCode::invalid) {}

  using JsonReader::operator();

  void operator()(const char* key, Phase& value) const {
    std::string text;
    (*this)(key, text);
    for (const Phase phase : {Phase::starting, Phase::loading, Phase::training, Phase::evaluating,
                              Phase::saving, Phase::finished}) {
      if (to_string(phase) == text) {
        value = phase;
        return;
      }
    }
    throw Error(ErrorCode::invalid, concat("key '", key, "' names no phase"));
  }
};

/// Reads the alternative of Message whose type has this name.
template <std::size_t... index>
Message read_message(std::string_view type, const Reader& reader, std::index_sequence<index...>) {
  Message message;
  const auto read_if_named = [&]<std::size_t i>() {
    if (kTypes[i] != type) return false;
    visit_members(message.emplace<i>(), reader);
    return true;
  };
  if ((read_if_named.template operator()<index>() || ...)) return message;
  throw Error(ErrorCode::invalid, "a message of an unknown type");
}

std::size_t length_at(std::string_view prefix) {
  std::size_t length = 0;
  for (const char c : prefix.substr(0, kPrefixBytes)) {
    length = length << 8 | static_cast<unsigned char>(c);
  }
  return length;
}

void check_length(std::size_t length) {
  if (length <= kLargestFrameBytes) return;
  throw Error(ErrorCode::invalid, concat("a frame of ", length, " bytes: at most ",
                                         kLargestFrameBytes, " are allowed"));
}

}  // namespace

std::string encode(const Message& message) {
  json object = {{"type", kTypes[message.index()]}};
  std::visit([&](const auto& typed) { visit_members(typed, Writer(object)); }, message);
  return json_text(object);
}

Message decode(std::string_view content) {
  check_length(content.size());
  const json object = parse_json(content, kDeepestMessage, ErrorCode::invalid);
  const Reader reader(object);
  std::string type;
  reader("type", type);
  return read_message(type, reader, std::make_index_sequence<std::variant_size_v<Message>>());
}

std::string frame(std::string_view content) {
  check_length(content.size());
  std::string bytes;
  bytes.reserve(kPrefixBytes + content.size());
  for (std::size_t i = kPrefixBytes; i-- > 0;) {
    bytes += static_cast<char>(content.size() >> (8 * i) & 0xff);
  }
  return bytes.append(content);
}

void FrameReader::append(std::string_view bytes) {
  buffer_.erase(0, consumed_);
  next_prefix_ -= consumed_;
  consumed_ = 0;
  buffer_.append(bytes);
  while (next_prefix_ + kPrefixBytes <= buffer_.size()) {
    const std::size_t length = length_at(std::string_view(buffer_).substr(next_prefix_));
    check_length(length);
    next_prefix_ += kPrefixBytes + length;
  }
}

std::optional<std::string> FrameReader::next() {
  if (consumed_ == next_prefix_) return std::nullopt;
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  const std::size_t length = length_at(rest);
  if (rest.size() < kPrefixBytes + length) return std::nullopt;
  consumed_ += kPrefixBytes + length;
  return std::string(rest.substr(kPrefixBytes, length));
}

}  // namespace muster::wire
