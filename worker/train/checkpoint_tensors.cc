#include "worker/train/checkpoint_tensors.h"

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/text.h"

namespace muster::worker {
namespace {

using checkpoint::SafetensorsFile;
using checkpoint::TensorView;

/// `memory` may be null when there are no entries.
void add_views(const std::byte* memory, DType dtype, const std::vector<ArenaEntry>& entries,
               const std::string& prefix, std::vector<TensorView>& views) {
  const auto width = static_cast<std::int64_t>(bytes_per_element(dtype));
  for (const ArenaEntry& entry : entries) {
    views.push_back(
        {prefix + entry.name, dtype, entry.shape,
         std::span(memory + entry.offset * width, static_cast<std::size_t>(entry.count * width))});
  }
}

const std::byte* frozen_memory(const Arena& arena) {
  if (!arena.frozen().defined()) return nullptr;
  return static_cast<const std::byte*>(arena.frozen().const_data_ptr());
}

/// Where the file's tensors go: `views` are of the arena's own memory, which is to be written.
checkpoint::Places places_of(const SafetensorsFile& file, const std::vector<TensorView>& views) {
  std::set<std::string> missing;
  std::set<std::string> surplus;
  std::map<std::string, std::span<std::byte>> places;
  for (const auto& entry : file.tensors()) surplus.insert(entry.name);
  for (const TensorView& view : views) {
    if (surplus.erase(view.name) == 0) missing.insert(view.name);
  }
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::invalid, concat(file.path().string(), ": ", what),
                "the checkpoint is of another model");
  };
  if (!missing.empty()) refuse(concat("there is no tensor '", *missing.begin(), "'"));
  if (!surplus.empty()) refuse(concat("the model has no tensor '", *surplus.begin(), "'"));
  for (const TensorView& view : views) {
    const auto& entry = file.at(view.name);
    if (entry.dtype != view.dtype || entry.shape != view.shape) {
      refuse(concat("tensor '", view.name, "' is ", to_string(entry.dtype), " ",
                    checkpoint::shape_text(entry.shape), ", the model's is ", to_string(view.dtype),
                    " ", checkpoint::shape_text(view.shape)));
    }
    places[view.name] = {const_cast<std::byte*>(view.bytes.data()), view.bytes.size()};
  }
  checkpoint::Places in_order;
  for (const auto& entry : file.tensors()) in_order.push_back(places.at(entry.name));
  return in_order;
}

}  // namespace

std::vector<TensorView> model_tensors(const Arena& arena, const StateView& state,
                                      const std::int64_t& steps) {
  const DType dtype = dtype_of(arena.type());
  std::vector<TensorView> views;
  add_views(state.columns.front().data, dtype, arena.layout().parameters(), "", views);
  add_views(state.columns.front().data, dtype, arena.layout().statistics(), "", views);
  add_views(frozen_memory(arena), dtype, arena.layout().frozen(), "", views);
  for (const std::string& name : arena.tensors().counters) {
    views.push_back({name, DType::int64, {}, std::as_bytes(std::span(&steps, 1))});
  }
  return views;
}

std::vector<TensorView> optimizer_tensors(const Arena& arena, const StateView& state) {
  std::vector<TensorView> views;
  for (std::size_t i = 1; i < state.columns.size(); ++i) {
    add_views(state.columns[i].data, dtype_of(arena.type()), arena.layout().parameters(),
              state.columns[i].name + ".", views);
  }
  return views;
}

checkpoint::Receiver into_arena(const Arena& arena, checkpoint::CheckpointState own,
                                const std::function<void()>& progressed) {
  const auto steps = std::make_shared<std::int64_t>(0);  // The counters say what state.json says.
  return {.accept =
              [&arena, own = std::move(own)](const checkpoint::LoadedCheckpoint& found) {
                checkpoint::require_same_experiment(found.path.string(), found.state,
                                                    own.config_hash, own.identity);
                if (!found.has_optimizer && !optimizer_tensors(arena, state_view(arena)).empty()) {
                  throw Error(
                      ErrorCode::invalid,
                      concat(found.path.string(), ": was written without optimizer.safetensors"),
                      "model.init starts a new training from its weights");
                }
              },
          .model =
              [&arena, steps](const SafetensorsFile& file) {
                return places_of(file, model_tensors(arena, state_view(arena), *steps));
              },
          .optimizer =
              [&arena](const SafetensorsFile& file) {
                return places_of(file, optimizer_tensors(arena, state_view(arena)));
              },
          .progressed = progressed};
}

}  // namespace muster::worker
