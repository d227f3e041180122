// For every C++ type that can be a value: how it is described, read and written. Chosen by the type
// of the field, so that a declaration (fields.h) need not say it again.
//
//   type()                    what may be written, as data
//   read(at, value)           from a node; complains through `at` and then leaves `value` alone
//   write(value, type, form)  to a node that reads back as the same value
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/config/node.h"
#include "common/config/reader.h"
#include "common/config/schema.h"
#include "common/units.h"

namespace muster::config {

/// The section that describe(Fields<T>&) declares, made once (fields.h).
template <class T>
std::shared_ptr<const Section> section_of();

// What does not depend on the C++ type is in codec.cc.

/// Complains unless the value lies in [least, greatest] and in the type's limits.
std::optional<std::int64_t> read_integer(const At& at, std::int64_t least, std::int64_t greatest);
/// The items, when it is a list with as many as the type wants.
const std::vector<Node>* read_items(const At& at);
/// The entries, when it is a map.
const std::vector<Node::Entry>* read_entries(const At& at);
/// The number of the choice that is written there.
std::optional<std::size_t> read_choice(const At& at, const std::vector<std::string>& choices);
/// The number of the alternative that the tag names.
std::optional<std::size_t> read_tag(const At& at);
/// The keys of alternative `alternative` of a tagged section into `object`.
void read_alternative(const At& at, std::size_t alternative, void* object);
void read_struct(const At& at, void* object);
Node write_section(const Section& section, const void* object, Form form);
Node write_alternative(const Type& type, std::size_t alternative, const void* object, Form form);

/// A struct with describe(Fields<T>&).
template <class T>
struct Codec {
  static Type type() {
    Type type;
    type.kind = Type::Kind::section;
    type.section = section_of<T>();
    return type;
  }
  static void read(const At& at, T& value) { read_struct(at, &value); }
  static Node write(const T& value, const Type& type, Form form) {
    return write_section(*type.section, &value, form);
  }
};

// One word each.
void read_scalar(const At& at, bool& value);
void read_scalar(const At& at, double& value);
void read_scalar(const At& at, std::string& value);
void read_scalar(const At& at, std::filesystem::path& value);
void read_scalar(const At& at, std::chrono::nanoseconds& value);
void read_scalar(const At& at, Duration& value);
void read_scalar(const At& at, Span& value);
Node write_scalar(bool value);
Node write_scalar(double value);
Node write_scalar(const std::string& value);
Node write_scalar(const std::filesystem::path& value);
Node write_scalar(std::chrono::nanoseconds value);
Node write_scalar(const Duration& value);
Node write_scalar(const Span& value);

template <class T, Type::Kind kind>
struct ScalarCodec {
  static Type type() {
    Type type;
    type.kind = kind;
    // Of durations and spans. Lengths of time are not among them: what they would do to the bits is
    // not decided.
    type.units = {Duration::Unit::epochs, Duration::Unit::steps, Duration::Unit::samples};
    return type;
  }
  static void read(const At& at, T& value) { read_scalar(at, value); }
  static Node write(const T& value, const Type&, Form) { return write_scalar(value); }
};

template <>
struct Codec<bool> : ScalarCodec<bool, Type::Kind::boolean> {};
template <>
struct Codec<double> : ScalarCodec<double, Type::Kind::number> {};
template <>
struct Codec<std::string> : ScalarCodec<std::string, Type::Kind::text> {};
template <>
struct Codec<std::filesystem::path> : ScalarCodec<std::filesystem::path, Type::Kind::path> {};
template <>
struct Codec<std::chrono::nanoseconds> : ScalarCodec<std::chrono::nanoseconds, Type::Kind::time> {};
template <>
struct Codec<Duration> : ScalarCodec<Duration, Type::Kind::duration> {};
template <>
struct Codec<Span> : ScalarCodec<Span, Type::Kind::span> {};

template <class T>
requires(std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) struct Codec<T> {
  static Type type() {
    Type type;
    type.kind = Type::Kind::integer;
    return type;
  }
  static void read(const At& at, T& value) {
    constexpr std::numeric_limits<T> kLimits;
    if (const auto integer = read_integer(at, kLimits.min(), kLimits.max())) {
      value = static_cast<T>(*integer);
    }
  }
  static Node write(const T& value, const Type&, Form) {
    return Node::plain(std::to_string(value));
  }
};

/// Empty when it is not given or null.
template <class T>
struct Codec<std::optional<T>> {
  static Type type() {
    Type type = Codec<T>::type();
    type.nullable = true;
    return type;
  }
  static void read(const At& at, std::optional<T>& value) {
    if (at.node.kind == Node::Kind::null) {
      value.reset();
    } else {
      Codec<T>::read(at, value.emplace());
    }
  }
  static Node write(const std::optional<T>& value, const Type& type, Form form) {
    return value ? Codec<T>::write(*value, type, form) : Node{};
  }
};

/// Reads item number `index` of the list at `at`.
template <class T>
void read_item(const At& at, const Node& item, std::size_t index, T& value) {
  const std::string path = at.path + "[" + std::to_string(index) + "]";
  at.reader.set_place(path, item.place);
  const At at_item{at.reader, item, *at.type.element, path};
  if (item.kind == Node::Kind::null) {
    at_item.complain("has no value");
  } else if (item.kind == Node::Kind::bad) {
    at.reader.mark_wrong(path);
  } else {
    Codec<T>::read(at_item, value);
  }
}

template <class T>
Type list_type() {
  Type type;
  type.kind = Type::Kind::list;
  type.element = std::make_shared<Type>(Codec<T>::type());
  return type;
}

template <class List>
Node write_list(const List& values, const Type& type, Form form) {
  Node node;
  node.kind = Node::Kind::list;
  for (const auto& value : values) {
    node.items.push_back(Codec<typename List::value_type>::write(value, *type.element, form));
  }
  return node;
}

template <class T>
struct Codec<std::vector<T>> {
  static Type type() { return list_type<T>(); }
  static void read(const At& at, std::vector<T>& values) {
    if (at.type.item_alone && at.node.is_scalar()) {
      values.clear();
      read_item(at, at.node, 0, values.emplace_back());
      return;
    }
    const std::vector<Node>* items = read_items(at);
    if (items == nullptr) return;
    values.clear();
    for (std::size_t i = 0; i < items->size() && !at.reader.is_full(); ++i) {
      read_item(at, (*items)[i], i, values.emplace_back());
    }
  }
  static Node write(const std::vector<T>& values, const Type& type, Form form) {
    return write_list(values, type, form);
  }
};

template <class T, std::size_t size>
struct Codec<std::array<T, size>> {
  static Type type() {
    Type type = list_type<T>();
    type.items_min = size;
    type.items_max = size;
    return type;
  }
  static void read(const At& at, std::array<T, size>& values) {
    const std::vector<Node>* items = read_items(at);
    if (items == nullptr) return;
    for (std::size_t i = 0; i < size; ++i) read_item(at, (*items)[i], i, values[i]);
  }
  static Node write(const std::array<T, size>& values, const Type& type, Form form) {
    return write_list(values, type, form);
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static Type type() {
    Type type = list_type<T>();
    type.kind = Type::Kind::map;
    return type;
  }
  static void read(const At& at, std::map<std::string, T>& values) {
    const std::vector<Node::Entry>* entries = read_entries(at);
    if (entries == nullptr) return;
    values.clear();
    for (const Node::Entry& entry : *entries) {
      if (at.reader.is_full()) return;
      const std::string path = join_path(at.path, entry.key);
      at.reader.set_place(path, entry.value.place);
      const At at_entry{at.reader, entry.value, *at.type.element, path};
      if (entry.value.kind == Node::Kind::null) {
        at_entry.complain("has no value");
      } else if (entry.value.kind == Node::Kind::bad) {
        at.reader.mark_wrong(path);
      } else {
        Codec<T>::read(at_entry, values[entry.key]);
      }
    }
  }
  static Node write(const std::map<std::string, T>& values, const Type& type, Form form) {
    Node node;
    node.kind = Node::Kind::map;
    for (const auto& [key, value] : values) {
      node.entries.push_back({key, {}, Codec<T>::write(value, *type.element, form)});
    }
    return node;
  }
};

/// A tagged section: each alternative is a struct with kName and describe().
template <class... Ts>
struct Codec<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static Type type() {
    Type type;
    type.kind = Type::Kind::tagged;
    (type.alternatives.push_back({Ts::kName, section_of<Ts>()}), ...);
    return type;
  }
  static void read(const At& at, Variant& value) {
    const auto chosen = read_tag(at);
    if (!chosen) return;
    std::size_t next = 0;
    const auto read_if_chosen = [&]<class T>(std::type_identity<T>) {
      if (next++ == *chosen) read_alternative(at, *chosen, &value.template emplace<T>());
    };
    (read_if_chosen(std::type_identity<Ts>{}), ...);
  }
  static Node write(const Variant& value, const Type& type, Form form) {
    return std::visit(
        [&](const auto& options) { return write_alternative(type, value.index(), &options, form); },
        value);
  }
};

}  // namespace muster::config
