// Data format tokens: flat binary files of little-endian token numbers, cut into windows.
//
// Sample i of a file is its tokens [i*T, i*T + T], T+1 of them: "input" is the first T, "label" the
// last T. A tail that is too short for a window is left over, and counted in the manifest. A file
// that is opened for the first time is read whole, to hash it and to look for tokens that the model
// cannot use; one that is as it was when it was planned with, or hashed before, is not. After that
// only what a batch needs is read, with pread.
#pragma once

#include <memory>
#include <span>

#include "common/config/formats/tokens.h"
#include "data/dataset.h"

namespace muster::data {

/// See open_dataset; several files are read at once. Fields: "input" and "label", int64 [T].
/// Records count from 0 in messages.
std::unique_ptr<Dataset> open_tokens(const config::TokensOptions& options,
                                     std::span<const config::FieldNeed> needs,
                                     const Manifest* expected, HashCache* cache);

}  // namespace muster::data
