#include "worker/train/initial_weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <map>

#include "common/checkpoint/initial_weights.h"
#include "common/error.h"
#include "common/text.h"
#include "worker/tensor_batch.h"

namespace muster::worker {
namespace {

using checkpoint::SafetensorsFile;
using checkpoint::TensorPiece;

constexpr const char* kChangedHint =
    "the run began with that file: give it back, or start another run with 'muster run'";

/// Where in the arena each of the given tensors goes, as flat views.
std::map<std::string, at::Tensor> places_of(const Arena& arena, const InitialFit& fit,
                                            WantedWeights wanted) {
  std::map<std::string, at::Tensor> places;
  const auto add = [&](const at::Tensor& memory, const std::vector<ArenaEntry>& entries) {
    for (const ArenaEntry& entry : entries) {
      if (!fit.given.contains(entry.name)) continue;
      places.emplace(entry.name, memory.narrow(0, entry.offset, entry.count));
    }
  };
  add(arena.frozen(), arena.layout().frozen());
  if (wanted == WantedWeights::frozen) return places;
  add(arena.values(), arena.layout().parameters());
  add(arena.values(), arena.layout().statistics());
  return places;
}

void put(const TensorPiece& piece, const at::Tensor& place) {
  const auto width = static_cast<std::int64_t>(bytes_per_element(piece.tensor.dtype));
  const auto count = static_cast<std::int64_t>(piece.bytes.size()) / width;
  const at::Tensor given = at::from_blob(const_cast<std::byte*>(piece.bytes.data()), {count},
                                         scalar_type(piece.tensor.dtype));
  place.narrow(0, static_cast<std::int64_t>(piece.begin) / width, count).copy_(given);
}

}  // namespace

InitialFit fit_initial_weights(const config::InitialWeights& initial, const ModelTensors& tensors,
                               const SafetensorsFile& file) {
  std::vector<InitialTensor> of_model;
  for (const auto* group : {&tensors.parameters, &tensors.frozen, &tensors.statistics}) {
    for (const auto& [name, tensor] : *group) of_model.push_back({name, tensor.sizes().vec()});
  }
  return fit_initial_weights(initial, of_model, tensors.counters, file.tensors());
}

std::string load_initial_weights(const Arena& arena, const config::InitialWeights& initial,
                                 WantedWeights wanted, const std::function<void()>& progressed) {
  at::NoGradGuard no_grad;
  const SafetensorsFile file(*initial.file);
  const InitialFit fit = fit_initial_weights(initial, arena.tensors(), file);
  std::map<std::string, at::Tensor> places;
  if (fit.complaints.empty()) places = places_of(arena, fit, wanted);
  const std::string sha256 = file.read_in_pieces(
      [&](const TensorPiece& piece) {
        const auto place = places.find(piece.tensor.name);
        if (place != places.end()) put(piece, place->second);
      },
      progressed);
  // Before what does not fit: of a file that has changed, that is all there is to say.
  checkpoint::require_same_weights(initial, sha256, kChangedHint);
  if (!fit.complaints.empty()) {
    throw Error(ErrorCode::corrupt, fit.complaints.front().message, fit.complaints.front().hint);
  }
  return fit.note;
}

}  // namespace muster::worker
