// How to add a model, objective, optimizer, schedule or data format:
//
//   1. A header with a plain struct in the folder of its kind. Member initialisers are the
//      defaults; `kName` is what the experiment says (`model: {name: convnet}`).
//   2. `void describe(Fields<TheStruct>& fields)` beside it, in a .cc that includes fields.h: one
//      line for each key with its range and meaning, and checks of combinations.
//   3. Its name in the variant of the folder's main header, its .cc in CMakeLists.txt.
//
// Reading, overrides, suggestions, `explain` and writing follow from that.
#pragma once

namespace muster::config {

/// The keys of a struct while they are being declared (fields.h).
template <class T>
class Fields;

}  // namespace muster::config
