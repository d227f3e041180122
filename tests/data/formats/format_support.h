// What the tests of formats share: opening options, and what that throws with the folder cut off.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "data/dataset.h"
#include "tests/data/temporary_folder.h"

namespace muster::data {

/// `message` without every mention of the folder.
inline std::string without_folder(std::string message, const TemporaryFolder& folder) {
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
    message.erase(at, prefix.size());
  }
  return message;
}

/// What opening throws: "message (hint)"; "no error" when it does not.
inline std::string error_of(const TemporaryFolder& folder, const config::FormatOptions& options,
                            std::span<const config::FieldNeed> needs = {},
                            const Manifest* expected = nullptr) {
  try {
    open_dataset(options, needs, expected);
  } catch (const Error& error) {
    const std::string hint = error.hint().empty() ? "" : " (" + error.hint() + ")";
    return without_folder(error.what() + hint, folder);
  }
  return "no error";
}

/// A need for whole numbers in 0 .. greatest.
inline config::FieldNeed integers(std::string name, std::vector<std::int64_t> shape,
                                  double greatest) {
  return {std::move(name),
          config::FieldNeed::Kind::integers,
          std::move(shape),
          "model.x",
          {{0, greatest, "model.x says so"}}};
}

inline config::FieldNeed floats(std::string name, std::vector<std::int64_t> shape) {
  return {std::move(name), config::FieldNeed::Kind::floats, std::move(shape), "model.x"};
}

}  // namespace muster::data
