// The words in which a section is declared:
//
//   void describe(Fields<AdamwOptions>& fields) {
//     fields.summary("Adam with decoupled weight decay.");
//     fields.key("lr", &AdamwOptions::lr, "Peak learning rate, before the schedule.")
//         .required("1e-3").above(0).also_called({"learning_rate"});
//     fields.check([](const AdamwOptions& options, const Check& check) { ... });
//   }
//
// The type follows from the field, the default from the struct's member initialiser. Included by
// the files that describe, by nobody else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/config/codec.h"
#include "common/config/describe.h"
#include "common/config/reader.h"
#include "common/config/schema.h"

namespace muster::config {

/// What may follow the declaration of a key of T. Bounds of a list are those of its items.
template <class T>
class KeyBuilder {
 public:
  explicit KeyBuilder(Key& key) : key_(key) {}

  KeyBuilder& required(std::string example) {
    key_.required = true;
    key_.example = std::move(example);
    return *this;
  }
  KeyBuilder& at_least(double bound) {
    scalar().limits.at_least = bound;
    return *this;
  }
  KeyBuilder& above(double bound) {
    scalar().limits.above = bound;
    return *this;
  }
  KeyBuilder& at_most(double bound) {
    scalar().limits.at_most = bound;
    return *this;
  }
  KeyBuilder& below(double bound) {
    scalar().limits.below = bound;
    return *this;
  }
  KeyBuilder& items_at_least(std::size_t count) {
    key_.type.items_min = count;
    return *this;
  }
  /// Exactly that many; `in_words` names them: "[channels, height, width]".
  KeyBuilder& items(std::size_t count, std::string in_words) {
    key_.type.items_min = count;
    key_.type.items_max = count;
    key_.type.items_in_words = std::move(in_words);
    return *this;
  }
  /// A list of one item may be written as the item: "a" for "[a]".
  KeyBuilder& item_alone() {
    key_.type.item_alone = true;
    return *this;
  }
  KeyBuilder& word(const Word& word) {
    scalar().word = word;
    return *this;
  }
  /// What decides when the key is not given.
  KeyBuilder& fallback(std::string in_words) {
    key_.fallback = std::move(in_words);
    return *this;
  }
  /// A key of a tagged section with this tag; the first alternative is the default of the tag.
  KeyBuilder& first_is_default() {
    key_.type.tag_required = false;
    return *this;
  }
  KeyBuilder& also_called(std::vector<std::string> names) {
    key_.also_called = std::move(names);
    return *this;
  }
  KeyBuilder& opposite_of(std::vector<std::string> names) {
    key_.opposites = std::move(names);
    return *this;
  }
  /// Has no influence on any bit of the result: not part of the config hash.
  KeyBuilder& does_not_decide_bits() {
    key_.decides_bits = false;
    return *this;
  }
  /// Given although `holds` is false, it is an error: "KEY IN_WORDS"; and it is then not written.
  KeyBuilder& only_when(std::function<bool(const T&)> holds, std::string in_words) {
    key_.only_when = Key::Condition{[holds = std::move(holds)](const void* object) {
                                      return holds(*static_cast<const T*>(object));
                                    },
                                    std::move(in_words)};
    return *this;
  }

 private:
  Type& scalar() {
    Type* type = &key_.type;
    while (type->element) type = type->element.get();
    return *type;
  }

  Key& key_;
};

template <class Value>
struct Unwrapped {
  using Type = Value;
};
template <class Value>
struct Unwrapped<std::optional<Value>> {
  using Type = Value;
};

/// The enumeration that `Access` reaches in a T.
template <class T, class Access>
using ChoiceOf = typename Unwrapped<std::remove_cvref_t<std::invoke_result_t<Access, T&>>>::Type;

template <class T>
class Fields {
 public:
  explicit Fields(Section& section) : section_(section) {}

  void summary(std::string summary) { section_.summary = std::move(summary); }

  /// `access`: a pointer to the member, or a function from T& to it.
  template <class Access>
  KeyBuilder<T> key(std::string name, Access access, std::string meaning) {
    using Value = std::remove_cvref_t<std::invoke_result_t<Access, T&>>;
    Key& key = add(std::move(name), std::move(meaning), Codec<Value>::type());
    key.read = [access](const At& at, void* object) {
      Codec<Value>::read(at, std::invoke(access, *static_cast<T*>(object)));
    };
    key.write = [access](const void* object, const Type& type, Form form) {
      return Codec<Value>::write(std::invoke(access, *static_cast<const T*>(object)), type, form);
    };
    return KeyBuilder<T>(key);
  }

  /// A section whose key `tag` picks an alternative of a variant.
  template <class Access>
  KeyBuilder<T> tagged(std::string name, Access access, std::string tag, std::string meaning) {
    KeyBuilder<T> builder = key(std::move(name), access, std::move(meaning));
    section_.keys.back().type.tag = std::move(tag);
    return builder;
  }

  /// One of some words. `access`: as of key(), to an enumeration or an optional one.
  template <class Access>
  KeyBuilder<T> choice(std::string name, Access access,
                       std::vector<std::pair<std::string, ChoiceOf<T, Access>>> values,
                       std::string meaning) {
    using Value = std::remove_cvref_t<std::invoke_result_t<Access, T&>>;
    constexpr bool kOptional = !std::is_same_v<Value, ChoiceOf<T, Access>>;
    Type type;
    type.kind = Type::Kind::choice;
    type.nullable = kOptional;
    for (const auto& [word, value] : values) type.choices.push_back(word);
    Key& key = add(std::move(name), std::move(meaning), std::move(type));
    key.read = [access, values](const At& at, void* object) {
      Value& value = std::invoke(access, *static_cast<T*>(object));
      if (kOptional && at.node.kind == Node::Kind::null) {
        value = Value{};
      } else if (const auto index = read_choice(at, at.type.choices)) {
        value = values[*index].second;
      }
    };
    key.write = [access, values](const void* object, const Type&, Form) {
      for (const auto& [word, value] : values) {
        if (std::invoke(access, *static_cast<const T*>(object)) == value) return Node::text(word);
      }
      return Node{};
    };
    return KeyBuilder<T>(key);
  }

  /// The same for a choice that may be left open.
  template <class Enum>
  KeyBuilder<T> open_choice(std::string name, std::optional<Enum> T::*member,
                            std::vector<std::pair<std::string, Enum>> values, std::string meaning) {
    Type type;
    type.kind = Type::Kind::choice;
    type.nullable = true;
    for (const auto& [word, value] : values) type.choices.push_back(word);
    Key& key = add(std::move(name), std::move(meaning), std::move(type));
    key.read = [member, values](const At& at, void* object) {
      std::optional<Enum>& chosen = static_cast<T*>(object)->*member;
      chosen.reset();
      if (at.node.kind == Node::Kind::null) return;
      const auto index = read_choice(at, at.type.choices);
      if (index) chosen = values[*index].second;
    };
    key.write = [member, values](const void* object, const Type&, Form) {
      const std::optional<Enum>& chosen = static_cast<const T*>(object)->*member;
      for (const auto& [word, value] : values) {
        if (chosen == value) return Node::text(word);
      }
      return Node{};
    };
    return KeyBuilder<T>(key);
  }

  void check(std::function<void(const T&, const Check&)> check) {
    section_.checks.push_back([check = std::move(check)](const void* object, const Check& at) {
      check(*static_cast<const T*>(object), at);
    });
  }

 private:
  Key& add(std::string name, std::string meaning, Type type) {
    Key& key = section_.keys.emplace_back();
    key.name = std::move(name);
    key.meaning = std::move(meaning);
    key.type = std::move(type);
    return key;
  }

  Section& section_;
};

template <class T>
std::shared_ptr<const Section> section_of() {
  static const std::shared_ptr<const Section> section = [] {
    auto made = std::make_shared<Section>();
    made->defaults = std::make_shared<T>();
    Fields<T> fields(*made);
    describe(fields);
    return made;
  }();
  return section;
}

}  // namespace muster::config
