// Every key of a schema with its full path, one after the other: for explaining and for
// suggestions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.h"

namespace muster::config {

struct CatalogEntry {
  enum class What {
    key,
    tag,          // "model.name"
    alternative,  // "model[convnet]"
  };

  What what = What::key;
  /// "optimizer[adamw].lr"; below a map "*" stands for any key, "data.train[csv].fields.*.dtype",
  /// and "[]" for any item of a list, "optimizer[adamw].groups[].match".
  std::string path;
  const Key* key = nullptr;                  // Of a tag or alternative: the tagged key.
  const Section* section = nullptr;          // The one that holds the key.
  const Alternative* alternative = nullptr;  // Of an alternative.
};

/// All entries below `section`, in the order of the schema, a section before its keys.
std::vector<CatalogEntry> catalog_of(const Section& section);

/// The catalog of an experiment, made once.
const std::vector<CatalogEntry>& experiment_catalog();

/// As it is written in an override: without the alternatives, "optimizer.lr".
std::string plain_path(std::string_view path);

/// What to say about an unknown key `name` in `section` (at `path`): "did you mean 'lr'?", also of
/// a key elsewhere ("did you mean 'optimizer.lr'?"), "'requires_grad: false' is 'freeze: true'",
/// else which keys there are.
std::string suggestion_for(const Section& section, std::string_view name, std::string_view path);

/// The existing path nearest to a wrong one ("optimiser.lr", "learning_rate"); may be empty.
std::string nearest_path(std::string_view wrong);

}  // namespace muster::config
