#include "worker/train/checkpoint_tensors.h"

#include <set>
#include <span>
#include <string>

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

/// `views` are of the arena's own memory, which is written here.
void read_all(const SafetensorsFile& file, const std::vector<TensorView>& views) {
  std::set<std::string> missing;
  std::set<std::string> surplus;
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
    file.read(entry, {const_cast<std::byte*>(view.bytes.data()), view.bytes.size()});
  }
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

void load_tensors(const checkpoint::OpenCheckpoint& checkpoint, const Arena& arena) {
  const StateView state = state_view(arena);
  std::int64_t steps = 0;  // The counters say what state.json says.
  read_all(checkpoint.model, model_tensors(arena, state, steps));
  const std::vector<TensorView> moments = optimizer_tensors(arena, state);
  if (checkpoint.optimizer) {
    read_all(*checkpoint.optimizer, moments);
  } else if (!moments.empty()) {
    throw Error(ErrorCode::invalid,
                concat(checkpoint.path.string(), ": was written without optimizer.safetensors"),
                "model.init starts a new training from its weights");
  }
}

}  // namespace muster::worker
