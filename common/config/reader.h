// From a Node tree to typed values, as the schema says: what every type's reader (codec.h) and
// every check of a combination needs in order to complain at the right place.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/config/complaints.h"
#include "common/config/node.h"
#include "common/config/schema.h"

namespace muster::config {

class Reader;

/// A value to be read: where, what is there, and what should be there.
struct At {
  Reader& reader;
  const Node& node;
  const Type& type;
  const std::string& path;  // "data.train.files[0]"

  /// "PATH MESSAGE" at the value; the path counts as wrong from here on.
  void complain(const std::string& message, std::string hint = {}) const;
};

class Reader {
 public:
  /// `base`: an absolute folder, where relative paths in the file start.
  Reader(Complaints& complaints, std::filesystem::path base)
      : complaints_(complaints), base_(std::move(base)) {}

  /// Of a tagged section: its type and the alternative that the tag picked. Of others: null.
  struct Chosen {
    const Type* type = nullptr;
    std::size_t alternative = 0;
  };

  /// Reads `node` (a map, or null for an empty one) into `object`, then checks combinations.
  /// `section`: the keys that are allowed; of a tagged section those of the chosen alternative.
  void read_section(const Section& section, const Node& node, const std::string& path, void* object,
                    const Chosen& chosen);

  /// Reads the value of one key, which may be null or complained about already.
  void read_value(const Key& key, const Node::Entry& entry, const std::string& path, void* object);

  void complain(Place place, const std::string& path, const std::string& message,
                std::string hint = {});
  void set_place(const std::string& path, Place place) { places_.emplace(path, place); }
  void mark_wrong(const std::string& path) { wrong_.insert(path); }

  /// The place of `path`, or of the nearest section around it that was given.
  Place place_of(std::string path) const;
  /// So much was complained about that nothing more is heard: reading on is of no use.
  bool is_full() const { return complaints_.full(); }
  /// Something at, in or around `path` was complained about.
  bool is_wrong(const std::string& path) const;

  /// Absolute: from the file's folder, or for an override from the working directory.
  std::filesystem::path absolute_path(const Place& place, const std::string& text) const;

  std::map<std::string, Place> take_places() { return std::move(places_); }

 private:
  void complain_unknown(const Section& section, const Node& node, const Node::Entry& entry,
                        const std::string& path, const Chosen& chosen);

  Complaints& complaints_;
  std::filesystem::path base_;
  std::map<std::string, Place> places_;
  std::set<std::string> wrong_;
};

/// What a check of combinations may do: complain about a key of its section.
class Check {
 public:
  Check(Reader& reader, const std::string& section_path) : reader_(reader), path_(section_path) {}

  /// "KEY MESSAGE" at the place of the first of `keys`, unless one of them (all that the check
  /// looked at) was complained about already. Keys are relative to the section: "lanes",
  /// "data.train".
  void complain(const std::vector<std::string>& keys, const std::string& message,
                std::string hint = {}) const;

 private:
  Reader& reader_;
  const std::string& path_;
};

/// "a.b" of "a" and "b"; "b" of "" and "b".
std::string join_path(const std::string& section, const std::string& key);

/// The place of `path`, else of the nearest section around it, else of the whole.
Place nearest_place(const std::map<std::string, Place>& places, std::string path);

}  // namespace muster::config
